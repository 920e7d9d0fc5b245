import { generateKeyShare } from '../asymmetric/key-share.ts'
import { loadPrivateKey } from '../asymmetric/private-key.ts'
import { verify } from '../asymmetric/signature.ts'
import type { CryptoProvider } from '../provider.ts'
import { createAead } from './aead.ts'
import { createHash, hmac } from './hash.ts'
import { createHeaderProtection } from './header-protection.ts'

/**
 * Ciphers, hashes and HMAC in TypeScript by @noble/ciphers and @noble/hashes. Key exchange and
 * signatures are Node's even here: elliptic curves and RSA are not among our dependencies.
 */
export const nobleCrypto: CryptoProvider = {
  name: 'noble',
  createAead,
  createHeaderProtection,
  createHash,
  hmac,
  generateKeyShare,
  loadPrivateKey,
  verify,
}
