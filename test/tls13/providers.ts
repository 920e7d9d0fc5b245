import { nobleCrypto } from '../../src/tls13/crypto/noble/index.ts'
import { type CryptoProvider, nodeCrypto } from '../../src/tls13/index.ts'

/** What one of them does, the other must do as well. */
export const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto, nobleCrypto]
