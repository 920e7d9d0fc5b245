import { Writer } from '../../bytes/index.ts'
import type { CryptoProvider, HashName } from '../crypto/provider.ts'

export const EMPTY: Uint8Array = new Uint8Array(0)

/** Bytes of a hash value, and so of every secret derived with it. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48 }

/** HKDF-Extract (RFC 5869 §2.2). */
export function hkdfExtract(
  crypto: CryptoProvider,
  hash: HashName,
  salt: Uint8Array,
  inputKeyMaterial: Uint8Array,
): Uint8Array {
  return crypto.hmac(hash, salt, inputKeyMaterial)
}

const ascii = new TextEncoder()

/**
 * HKDF-Expand-Label (RFC 9846 §7.1). `label` comes without its "tls13 " prefix; `length` is at most
 * 255 hashes.
 */
export function hkdfExpandLabel(
  crypto: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const labelBytes = ascii.encode(`tls13 ${label}`)
  const hashLength = HASH_LENGTH[hash]
  // HKDF-Expand hashes T(n-1) | info | n: one buffer, with the place of T(n-1) left out at first.
  const block = new Writer(new Uint8Array(hashLength + 5 + labelBytes.length + context.length))
  block.zeros(hashLength)
  block.u16(length)
  block.u8(labelBytes.length)
  block.put(labelBytes)
  block.u8(context.length)
  block.put(context)
  const out = new Uint8Array(length)
  for (let at = 0, n = 1; at < length; at += hashLength, n++) {
    block.bytes[block.bytes.length - 1] = n
    const input = n === 1 ? block.bytes.subarray(hashLength) : block.bytes
    const t = crypto.hmac(hash, secret, input)
    block.bytes.set(t, 0)
    out.set(at + hashLength <= length ? t : t.subarray(0, length - at), at)
  }
  return out
}
