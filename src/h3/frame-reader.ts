import { readVarint, varintLengthFromFirstByte, Writer } from '../bytes/index.ts'

const NONE = new Uint8Array(0)

/** Two varints of eight bytes. */
const MAX_HEADER_LENGTH = 16

/**
 * Cuts the frames out of one stream's bytes, which may be split anywhere. It is given one piece at a
 * time, a new one only when {@link isEmpty}; a frame that lies whole in a piece is not copied.
 *
 * The owner alternates: `readHeader()` until true, then the payload by one of `readPayload()`,
 * `readWholePayload()` or `skipPayload()`.
 */
export class FrameReader {
  /** Type and length of the frame whose header was read last; values above 2^53-1 saturate. */
  type = 0
  length = 0
  /** Bytes of its payload that are still to come. */
  remaining = 0
  private chunk: Uint8Array = NONE
  private position = 0
  private header: Uint8Array | undefined = undefined
  private headerLength = 0
  private gathered: Writer | undefined = undefined

  /** Whether the last piece is used up. */
  get isEmpty(): boolean {
    return this.position === this.chunk.length
  }

  /** Whether what was read ends with a whole frame: the only place where a stream may end (RFC 9114 §7.1). */
  get isAtBoundary(): boolean {
    return this.remaining === 0 && this.headerLength === 0
  }

  /** Bytes kept of a payload that is wanted whole. */
  get gatheredLength(): number {
    return this.gathered?.position ?? 0
  }

  push(chunk: Uint8Array): void {
    this.chunk = chunk
    this.position = 0
  }

  /** Lets go of what was not read. */
  clear(): void {
    this.chunk = NONE
    this.position = 0
    this.gathered = undefined
  }

  /** Reads type and length; false when more bytes are needed. */
  readHeader(): boolean {
    const { chunk, position } = this
    if (position === chunk.length) {
      // An idle stream must not hold on to its last datagram.
      this.push(NONE)
      return false
    }
    if (this.headerLength === 0) {
      const lengthAt = position + varintLengthFromFirstByte(chunk[position]!)
      if (lengthAt < chunk.length) {
        const end = lengthAt + varintLengthFromFirstByte(chunk[lengthAt]!)
        if (end <= chunk.length) {
          this.position = end
          this.setHeader(readVarint(chunk, position), readVarint(chunk, lengthAt))
          return true
        }
      }
    }
    return this.gatherHeader()
  }

  private gatherHeader(): boolean {
    const { chunk } = this
    this.header ??= new Uint8Array(MAX_HEADER_LENGTH)
    const { header } = this
    while (this.position < chunk.length) {
      header[this.headerLength++] = chunk[this.position++]!
      const lengthAt = varintLengthFromFirstByte(header[0]!)
      if (this.headerLength <= lengthAt) continue
      if (this.headerLength < lengthAt + varintLengthFromFirstByte(header[lengthAt]!)) continue
      this.headerLength = 0
      this.setHeader(readVarint(header, 0), readVarint(header, lengthAt))
      return true
    }
    return false
  }

  private setHeader(type: number, length: number): void {
    this.type = type
    this.length = length
    this.remaining = length
  }

  /** A view of the payload bytes at hand; undefined when there are none. */
  readPayload(): Uint8Array | undefined {
    const count = Math.min(this.remaining, this.chunk.length - this.position)
    if (count === 0) return undefined
    return this.take(count)
  }

  /**
   * The whole payload, or undefined when more bytes are needed; what came is kept until then, so the
   * caller has checked {@link length} against a cap before.
   */
  readWholePayload(): Uint8Array | undefined {
    const available = this.chunk.length - this.position
    if (this.gathered === undefined && available >= this.remaining) return this.take(this.remaining)
    const count = Math.min(available, this.remaining)
    this.gathered ??= Writer.growable()
    this.gathered.put(this.take(count))
    if (this.remaining > 0) return undefined
    const payload = this.gathered.written()
    this.gathered = undefined
    return payload
  }

  /** Passes over payload bytes at hand; true when the frame is over. */
  skipPayload(): boolean {
    const count = Math.min(this.remaining, this.chunk.length - this.position)
    this.position += count
    this.remaining -= count
    return this.remaining === 0
  }

  private take(count: number): Uint8Array {
    const start = this.position
    this.position = start + count
    this.remaining -= count
    if (start === 0 && count === this.chunk.length) return this.chunk
    return this.chunk.subarray(start, start + count)
  }
}
