/** Variable-length integers (RFC 9000 §16). */

const TWO_32 = 2 ** 32

/** Bytes that the shortest encoding of `value` takes: 1, 2, 4 or 8. */
export function varintLength(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1
  if (value < 0x4000) return 2
  if (value < 0x40000000) return 4
  return 8
}

/**
 * Writes `value` (a safe integer, 0 … 2^53-1) at `position` and returns the position behind it.
 * The caller has made sure that there is room.
 */
export function writeVarint(out: Uint8Array, position: number, value: number): number {
  if (value < 0x40) {
    out[position] = value
    return position + 1
  }
  if (value < 0x4000) {
    out[position] = 0x40 | (value >>> 8)
    out[position + 1] = value & 0xff
    return position + 2
  }
  if (value < 0x40000000) {
    out[position] = 0x80 | (value >>> 24)
    out[position + 1] = (value >>> 16) & 0xff
    out[position + 2] = (value >>> 8) & 0xff
    out[position + 3] = value & 0xff
    return position + 4
  }
  const high = Math.floor(value / TWO_32)
  const low = value >>> 0
  out[position] = 0xc0 | (high >>> 24)
  out[position + 1] = (high >>> 16) & 0xff
  out[position + 2] = (high >>> 8) & 0xff
  out[position + 3] = high & 0xff
  out[position + 4] = low >>> 24
  out[position + 5] = (low >>> 16) & 0xff
  out[position + 6] = (low >>> 8) & 0xff
  out[position + 7] = low & 0xff
  return position + 8
}

/** The length that the first byte of an encoded varint announces. */
export function varintLengthFromFirstByte(first: number): 1 | 2 | 4 | 8 {
  return (1 << (first >>> 6)) as 1 | 2 | 4 | 8
}

/**
 * Reads the varint at `position`; the caller has checked that its bytes are there.
 *
 * A value above 2^53-1 comes back as `Number.MAX_SAFE_INTEGER`: limits saturate, and an offset or an
 * id that high is beyond any credit we ever give, so that the check of that credit refuses it.
 */
export function readVarint(bytes: Uint8Array, position: number): number {
  const first = bytes[position]!
  switch (first >>> 6) {
    case 0:
      return first
    case 1:
      return ((first & 0x3f) << 8) | bytes[position + 1]!
    case 2:
      return (
        (((first & 0x3f) << 24) |
          (bytes[position + 1]! << 16) |
          (bytes[position + 2]! << 8) |
          bytes[position + 3]!) >>>
        0
      )
    default: {
      const high =
        (((first & 0x3f) << 24) |
          (bytes[position + 1]! << 16) |
          (bytes[position + 2]! << 8) |
          bytes[position + 3]!) >>>
        0
      const low =
        ((bytes[position + 4]! << 24) |
          (bytes[position + 5]! << 16) |
          (bytes[position + 6]! << 8) |
          bytes[position + 7]!) >>>
        0
      if (high > 0x1fffff) return Number.MAX_SAFE_INTEGER
      return high * TWO_32 + low
    }
  }
}
