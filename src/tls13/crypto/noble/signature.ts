import { ed25519 } from '@noble/curves/ed25519.js'
import { DerError, DerReader, decodeUnsigned, Tag } from '../../der.ts'
import type { RandomBytes, SignatureSchemeName } from '../provider.ts'
import { type CurveKind, readPublicKey } from '../public-key.ts'
import { SIGNATURE_ALGORITHMS, type SignatureHash } from '../signature-algorithms.ts'
import { CURVES } from './curves.ts'
import { HASHES } from './hash.ts'
import type { SecretKey } from './private-key-formats.ts'
import { signRsa, verifyRsa } from './rsa.ts'

/** See `CryptoProvider.verify`. */
export function verify(
  scheme: SignatureSchemeName,
  publicKeySpki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verifyOrThrow(scheme, publicKeySpki, data, signature)
  } catch {
    return false
  }
}

function verifyOrThrow(
  scheme: SignatureSchemeName,
  publicKeySpki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = SIGNATURE_ALGORITHMS[scheme]
  const key = readPublicKey(publicKeySpki)
  switch (algorithm.kind) {
    case 'rsa':
      return (
        key.kind === 'rsa' && verifyRsa(key.rsa, algorithm.padding, algorithm.hash, data, signature)
      )
    case 'ed25519':
      // RFC 8032, not the laxer ZIP 215 that is the library's default.
      return key.kind === 'ed25519' && ed25519.verify(signature, data, key.point, { zip215: false })
    default:
      if (key.kind === 'rsa' || key.kind === 'ed25519') return false
      if (algorithm.kind !== 'ec' && algorithm.kind !== key.kind) return false
      return verifyEcdsa(key.kind, key.point, algorithm.hash, data, signature)
  }
}

function verifyEcdsa(
  kind: CurveKind,
  point: Uint8Array,
  hash: SignatureHash,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { ecdsa, scalarLength } = CURVES[kind]
  const numbers = readEcdsaSignature(signature, scalarLength)
  // Either s will do (RFC 9846 knows no low-s rule): half of all signers' signatures have the high one.
  return ecdsa.verify(numbers, HASHES[hash](data), point, { prehash: false, lowS: false })
}

/** An ECDSA-Sig-Value (RFC 3279 §2.2.3) as both numbers at their full length. Throws `DerError`. */
function readEcdsaSignature(signature: Uint8Array, scalarLength: number): Uint8Array {
  const outer = new DerReader(signature)
  const fields = outer.enter(Tag.sequence)
  outer.finish()
  const numbers = new Uint8Array(2 * scalarLength)
  for (const end of [scalarLength, 2 * scalarLength]) {
    const number = decodeUnsigned(fields.read(Tag.integer))
    if (number.length > scalarLength) throw new DerError('a number of the signature is too large')
    numbers.set(number, end - number.length)
  }
  fields.finish()
  return numbers
}

/** @param randomBytes for RSA alone: the nonces of ECDSA are those of RFC 6979 */
export function signWith(
  key: SecretKey,
  scheme: SignatureSchemeName,
  data: Uint8Array,
  randomBytes: RandomBytes,
): Uint8Array {
  const algorithm = SIGNATURE_ALGORITHMS[scheme]
  switch (algorithm.kind) {
    case 'rsa':
      if (key.kind !== 'rsa') break
      return signRsa(key.rsa, algorithm.padding, algorithm.hash, data, randomBytes)
    case 'ed25519':
      if (key.kind !== 'ed25519') break
      return ed25519.sign(data, key.seed)
    default: {
      if (key.kind === 'rsa' || key.kind === 'ed25519') break
      if (algorithm.kind !== 'ec' && algorithm.kind !== key.kind) break
      const digest = HASHES[algorithm.hash](data)
      return CURVES[key.kind].ecdsa.sign(digest, key.scalar, {
        prehash: false,
        lowS: false,
        format: 'der',
      })
    }
  }
  throw new TypeError(`a key of kind ${key.kind} cannot sign ${scheme}`)
}
