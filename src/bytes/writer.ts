import { varintLength, writeVarint } from './varint.ts'

const EMPTY = new Uint8Array(0)
const MIN_GROWTH = 64

/**
 * Writes into a buffer. Over a caller's buffer it is bounded and throws `RangeError` at the end;
 * made by {@link Writer.growable} it doubles its own buffer instead.
 */
export class Writer {
  bytes: Uint8Array
  position: number
  private limit: number
  private readonly growing: boolean

  constructor(bytes: Uint8Array, position = 0, limit = bytes.length, growing = false) {
    this.bytes = bytes
    this.position = position
    this.limit = limit
    this.growing = growing
  }

  static growable(initialCapacity = 256): Writer {
    const bytes = initialCapacity === 0 ? EMPTY : new Uint8Array(initialCapacity)
    return new Writer(bytes, 0, bytes.length, true)
  }

  /** Points a bounded writer at another piece of memory, so that one object serves every packet. */
  retarget(bytes: Uint8Array, position: number, limit: number): void {
    this.bytes = bytes
    this.position = position
    this.limit = limit
  }

  get remaining(): number {
    return this.limit - this.position
  }

  /** Makes room for `count` bytes, moves over them and returns where they begin. */
  reserve(count: number): number {
    const start = this.position
    if (start + count > this.limit) this.grow(start + count)
    this.position = start + count
    return start
  }

  private grow(needed: number): void {
    if (!this.growing) throw new RangeError(`buffer full: ${needed} bytes wanted of ${this.limit}`)
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2, MIN_GROWTH))
    bytes.set(this.bytes.subarray(0, this.position))
    this.bytes = bytes
    this.limit = bytes.length
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    this.bytes[at] = value >>> 8
    this.bytes[at + 1] = value
  }

  u24(value: number): void {
    const at = this.reserve(3)
    this.bytes[at] = value >>> 16
    this.bytes[at + 1] = value >>> 8
    this.bytes[at + 2] = value
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.bytes[at] = value >>> 24
    this.bytes[at + 1] = value >>> 16
    this.bytes[at + 2] = value >>> 8
    this.bytes[at + 3] = value
  }

  varint(value: number): void {
    const at = this.reserve(varintLength(value))
    writeVarint(this.bytes, at, value)
  }

  put(source: Uint8Array): void {
    const at = this.reserve(source.length)
    this.bytes.set(source, at)
  }

  zeros(count: number): void {
    const at = this.reserve(count)
    this.bytes.fill(0, at, at + count)
  }

  /** Writes what `body` writes, with its length in `lengthBytes` (1, 2 or 3) bytes before it. */
  vector(lengthBytes: 1 | 2 | 3, body: (writer: Writer) => void): void {
    const at = this.reserve(lengthBytes)
    body(this)
    const length = this.position - at - lengthBytes
    if (length >= 2 ** (8 * lengthBytes))
      throw new RangeError(`vector of ${length} bytes is too long`)
    for (let i = 0; i < lengthBytes; i++)
      this.bytes[at + i] = length >>> (8 * (lengthBytes - 1 - i))
  }

  /** Hands over what has been written; a growable writer begins anew, without memory. */
  take(): Uint8Array {
    const bytes = this.written()
    this.retarget(EMPTY, 0, 0)
    return bytes
  }

  /** A view of what has been written. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }
}
