import type { CryptoProvider } from '../provider.ts'
import { createAead } from './aead.ts'
import { createHash, hmac } from './hash.ts'
import { createHeaderProtection } from './header-protection.ts'
import { generateKeyShare } from './key-share.ts'
import { loadPrivateKey } from './private-key.ts'
import { verify } from './signature.ts'

/**
 * Ciphers, hashes and elliptic curves by @noble/ciphers, @noble/hashes and @noble/curves, RSA of our
 * own. For platforms without node:crypto, and as a second opinion in tests: it is tens of times
 * slower, and JavaScript cannot promise that the time it takes tells nothing of the keys (ciphers use
 * tables, curves and RSA BigInt, whose time depends on the numbers).
 *
 * RSA keys have 2048 to 8192 bits here. Ed25519 signatures are verified as RFC 8032 §5.1.7 has it,
 * cofactored, with canonical encodings; keys of small order are refused, which OpenSSL takes.
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
