import { readVarint, varintLengthFromFirstByte } from './varint.ts'

/** Thrown when a field reaches past the end of its input; each layer turns it into its own error code. */
export class TruncatedError extends Error {
  override name = 'TruncatedError'
}

/** A cursor over bytes. What it returns are views, not copies. */
export class Reader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves over `count` bytes and returns where they began. Throws {@link TruncatedError}. */
  skip(count: number): number {
    const start = this.position
    if (count > this.end - start) this.truncated(`${count} bytes wanted, ${this.end - start} left`)
    this.position = start + count
    return start
  }

  /** A layer's own reader throws its own error here. */
  protected truncated(message: string): never {
    throw new TruncatedError(message)
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  u16(): number {
    const at = this.skip(2)
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  u24(): number {
    const at = this.skip(3)
    return (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!
  }

  u32(): number {
    const at = this.skip(4)
    const { bytes } = this
    return (
      ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    )
  }

  /** RFC 9000 §16; a value above 2^53-1 saturates (see `readVarint`). */
  varint(): number {
    if (this.position >= this.end) this.truncated('varint wanted, nothing left')
    const at = this.skip(varintLengthFromFirstByte(this.bytes[this.position]!))
    return readVarint(this.bytes, at)
  }

  /** A view of the next `count` bytes. */
  view(count: number): Uint8Array {
    const at = this.skip(count)
    return this.bytes.subarray(at, at + count)
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.view(this.remaining)
  }

  /** A vector with a length of one, two or three bytes before it, as TLS writes them. */
  vector8(): Uint8Array {
    return this.view(this.u8())
  }

  vector16(): Uint8Array {
    return this.view(this.u16())
  }

  vector24(): Uint8Array {
    return this.view(this.u24())
  }
}
