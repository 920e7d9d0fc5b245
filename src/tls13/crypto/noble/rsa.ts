import { invert } from '@noble/curves/abstract/modular.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { equalBytes } from '../../../bytes/index.ts'
import { MIN_RSA_BITS } from '../../limits.ts'
import type { RandomBytes } from '../provider.ts'
import type { RsaPublicKey } from '../public-key.ts'
import type { RsaPadding, SignatureHash } from '../signature-algorithms.ts'
import { HASHES } from './hash.ts'
import { modPow } from './mod-pow.ts'
import { encodePkcs1, encodePss, verifyPss } from './rsa-encoding.ts'
import type { RsaPrivateKey } from './rsa-key.ts'

/** RSASSA-PSS-VERIFY with a salt as long as the hash, or RSASSA-PKCS1-V1_5-VERIFY (RFC 8017 §8). */
export function verifyRsa(
  { n, e, bits }: RsaPublicKey,
  padding: RsaPadding,
  hash: SignatureHash,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = Math.ceil(bits / 8)
  if (bits < MIN_RSA_BITS || signature.length !== length) return false
  const value = bytesToNumberBE(signature)
  if (value >= n) return false
  const signed = modPow(value, e, n)
  const digest = HASHES[hash](data)
  if (padding === 'pkcs1')
    return equalBytes(numberToBytesBE(signed, length), encodePkcs1(hash, digest, length))
  // The encoding is a byte shorter than the modulus where that has one bit more than whole bytes.
  const encodedBits = bits - 1
  if (signed >> BigInt(encodedBits) !== 0n) return false
  const encoded = numberToBytesBE(signed, Math.ceil(encodedBits / 8))
  return verifyPss(hash, digest, encoded, encodedBits)
}

/** RSASSA-PSS-SIGN or RSASSA-PKCS1-V1_5-SIGN. @param randomBytes for the salt and for blinding */
export function signRsa(
  key: RsaPrivateKey,
  padding: RsaPadding,
  hash: SignatureHash,
  data: Uint8Array,
  randomBytes: RandomBytes,
): Uint8Array {
  const length = Math.ceil(key.bits / 8)
  const digest = HASHES[hash](data)
  const encoded =
    padding === 'pss'
      ? encodePss(hash, digest, randomBytes(digest.length), key.bits - 1)
      : encodePkcs1(hash, digest, length)
  return numberToBytesBE(privatePower(key, bytesToNumberBE(encoded), randomBytes), length)
}

/** Bytes beyond the modulus, so that what is left of the number modulo n is evenly spread. */
const SPARE_BYTES = 16
/** Bytes of the random multiple that is added to an exponent. */
const EXPONENT_BLINDING = 8

/**
 * RSASP1 by the Chinese remainder theorem (RFC 8017 §5.2.1). Neither the number nor the exponents are
 * twice the same to those who watch the time: they are blinded.
 */
function privatePower(key: RsaPrivateKey, value: bigint, randomBytes: RandomBytes): bigint {
  const { n, e, bits, p, q, dP, dQ, qInv } = key
  const random = bytesToNumberBE(randomBytes(Math.ceil(bits / 8) + SPARE_BYTES)) % n
  const unblind = invert(random, n)
  const blinded = (value * modPow(random, e, n)) % n
  const ofP = modPow(blinded, blindedExponent(dP, p, randomBytes), p)
  const ofQ = modPow(blinded, blindedExponent(dQ, q, randomBytes), q)
  const h = (((ofP - (ofQ % p) + p) % p) * qInv) % p
  const power = ((ofQ + h * q) * unblind) % n
  // One wrong half, by a fault or a key that is broken, would give a factor of n away.
  if (modPow(power, e, n) !== value) throw new Error('the RSA signature does not verify')
  return power
}

function blindedExponent(d: bigint, prime: bigint, randomBytes: RandomBytes): bigint {
  return d + bytesToNumberBE(randomBytes(EXPONENT_BLINDING)) * (prime - 1n)
}
