import type { CryptoProvider } from '../provider.ts'
import { createAead } from './aead.ts'
import { createHash, hmac } from './hash.ts'
import { createHeaderProtection } from './header-protection.ts'
import { generateKeyShare } from './key-share.ts'
import { loadPrivateKey } from './private-key.ts'
import { verify } from './signature.ts'

/** All of it by node:crypto, which is OpenSSL: the provider to use unless there is a reason not to. */
export const nodeCrypto: CryptoProvider = {
  name: 'node',
  createAead,
  createHeaderProtection,
  createHash,
  hmac,
  generateKeyShare,
  loadPrivateKey,
  verify,
}
