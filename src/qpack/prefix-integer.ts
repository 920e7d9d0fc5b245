import { MAX_PREFIX_INTEGER_BYTES } from './limits.ts'

/** The integer does not end within the input. */
export const INCOMPLETE = -1
/** The integer is above 2^62-1, or written with more bytes than that needs. */
export const TOO_LARGE = -2

const TWO_49 = 2 ** 49
const TWO_53 = 2 ** 53
const EMPTY: Uint8Array = new Uint8Array(0)

/** Most bytes that {@link writePrefixInteger} writes for a safe integer. */
export const MAX_WRITTEN_INTEGER = 9

/**
 * Writes `value` (a safe integer) behind `pattern`, the bits above the prefix (RFC 7541 §5.1), and
 * returns the position behind it.
 */
export function writePrefixInteger(
  out: Uint8Array,
  position: number,
  pattern: number,
  prefixBits: number,
  value: number,
): number {
  const full = (1 << prefixBits) - 1
  if (value < full) {
    out[position] = pattern | value
    return position + 1
  }
  out[position] = pattern | full
  let at = position + 1
  let rest = value - full
  while (rest >= 128) {
    out[at++] = 128 | (rest % 128)
    rest = Math.floor(rest / 128)
  }
  out[at++] = rest
  return at
}

/** A cursor that reads prefix integers. What it cannot read it tells by a negative number. */
export class PrefixReader {
  bytes = EMPTY
  position = 0
  end = 0

  start(bytes: Uint8Array): void {
    this.bytes = bytes
    this.position = 0
    this.end = bytes.length
  }

  /** Lets go of the input, which may be a view of something large. */
  release(): void {
    this.start(EMPTY)
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** The next byte, not moved over; the caller has checked that there is one. */
  peek(): number {
    return this.bytes[this.position]!
  }

  /**
   * Reads an integer whose prefix is the low `prefixBits` of the next byte: up to 2^62-1 (RFC 9204
   * §4.1.1), of which those from 2^53 on, that nothing of ours reaches, come back as
   * `Number.MAX_SAFE_INTEGER`. Otherwise {@link INCOMPLETE} or {@link TOO_LARGE}, and the position is
   * of no more use.
   */
  integer(prefixBits: number): number {
    if (this.position >= this.end) return INCOMPLETE
    const full = (1 << prefixBits) - 1
    const prefix = this.bytes[this.position++]! & full
    return prefix < full ? prefix : this.continued(prefix)
  }

  private continued(prefix: number): number {
    const { bytes, end } = this
    // In two parts, so that each is exact: the first seven bytes, and what stands above 2^49.
    let low = prefix
    let high = 0
    let scale = 1
    for (let count = 1; count < MAX_PREFIX_INTEGER_BYTES; count++) {
      if (this.position >= end) return INCOMPLETE
      const byte = bytes[this.position++]!
      if (count <= 7) low += (byte & 127) * scale
      else high += (byte & 127) * (count === 8 ? 1 : 128)
      scale *= 128
      if (byte < 128) return joined(low, high)
    }
    return TOO_LARGE
  }
}

function joined(low: number, high: number): number {
  if (high === 0) return low
  const top = high + Math.floor(low / TWO_49)
  if (top >= 2 ** 13) return TOO_LARGE
  const value = high * TWO_49 + low
  return value < TWO_53 ? value : Number.MAX_SAFE_INTEGER
}
