/** What RSA signs in the place of a hash: EMSA-PSS and EMSA-PKCS1-v1_5 (RFC 8017 §9). */
import { concatBytes, equalBytes, fromHex } from '../../../bytes/index.ts'
import type { SignatureHash } from '../signature-algorithms.ts'
import { HASHES } from './hash.ts'

/** What stands before the hash in the DER of a DigestInfo (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<SignatureHash, Uint8Array>> = {
  sha256: fromHex('3031300d060960864801650304020105000420'),
  sha384: fromHex('3041300d060960864801650304020205000430'),
  sha512: fromHex('3051300d060960864801650304020305000440'),
}

/** @param length bytes of the result, which are those of the modulus */
export function encodePkcs1(name: SignatureHash, digest: Uint8Array, length: number): Uint8Array {
  const info = DIGEST_INFO[name]
  const encoded = new Uint8Array(length).fill(0xff)
  const infoAt = length - info.length - digest.length
  encoded.set([0, 1])
  encoded[infoAt - 1] = 0
  encoded.set(info, infoAt)
  encoded.set(digest, infoAt + info.length)
  return encoded
}

const TRAILER = 0xbc
const EIGHT_ZEROS = new Uint8Array(8)

/**
 * @param bits one less than the modulus has
 * @param salt as long as the hash
 */
export function encodePss(
  name: SignatureHash,
  digest: Uint8Array,
  salt: Uint8Array,
  bits: number,
): Uint8Array {
  const encoded = new Uint8Array(Math.ceil(bits / 8))
  const maskedLength = encoded.length - digest.length - 1
  const hash = HASHES[name](concatBytes([EIGHT_ZEROS, digest, salt]))
  encoded[maskedLength - salt.length - 1] = 1
  encoded.set(salt, maskedLength - salt.length)
  xor(encoded, mask(name, hash, maskedLength))
  encoded[0]! &= topMask(bits)
  encoded.set(hash, maskedLength)
  encoded[encoded.length - 1] = TRAILER
  return encoded
}

/** Whether these are an encoding of the digest with a salt as long as the hash (RFC 8017 §9.1.2). */
export function verifyPss(
  name: SignatureHash,
  digest: Uint8Array,
  encoded: Uint8Array,
  bits: number,
): boolean {
  const maskedLength = encoded.length - digest.length - 1
  if (encoded[encoded.length - 1] !== TRAILER) return false
  if ((encoded[0]! & ~topMask(bits)) !== 0) return false
  const hash = encoded.subarray(maskedLength, -1)
  const block = encoded.slice(0, maskedLength)
  xor(block, mask(name, hash, maskedLength))
  block[0]! &= topMask(bits)
  const saltAt = maskedLength - digest.length
  for (let i = 0; i < saltAt - 1; i++) if (block[i] !== 0) return false
  if (block[saltAt - 1] !== 1) return false
  const salt = block.subarray(saltAt)
  return equalBytes(hash, HASHES[name](concatBytes([EIGHT_ZEROS, digest, salt])))
}

/** The bits of the first byte that belong to the encoding. */
function topMask(bits: number): number {
  return 0xff >> ((8 - (bits % 8)) % 8)
}

/** MGF1 (RFC 8017 §B.2.1). */
function mask(name: SignatureHash, seed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length)
  const hash = HASHES[name]
  for (let at = 0, counter = 0; at < length; counter++) {
    const part = hash(concatBytes([seed, Uint8Array.of(0, 0, counter >> 8, counter)]))
    output.set(part.subarray(0, length - at), at)
    at += part.length
  }
  return output
}

function xor(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < other.length; i++) target[i]! ^= other[i]!
}
