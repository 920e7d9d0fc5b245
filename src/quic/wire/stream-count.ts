import { type Reader, varintLengthFromFirstByte } from '../../bytes/index.ts'

/**
 * Reads a varint that counts streams. -1 when it is above 2^60, which no stream id could express
 * (RFC 9000 §4.6); the bytes are looked at because `varint()` saturates below that.
 */
export function readStreamCount(reader: Reader): number {
  const at = reader.position
  const count = reader.varint()
  const { bytes } = reader
  const first = bytes[at]!
  if (varintLengthFromFirstByte(first) < 8 || first < 0xd0) return count
  if (first > 0xd0) return -1
  for (let i = at + 1; i < at + 8; i++) if (bytes[i] !== 0) return -1
  return count
}
