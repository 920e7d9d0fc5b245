import { MESSAGE_HEADER } from '../messages/handshake-type.ts'

const NONE: Uint8Array = new Uint8Array(0)

/**
 * Puts messages together out of pieces of any size. A byte that was handed out is never written
 * again, so messages may be kept.
 */
export class MessageBuffer {
  private bytes = NONE
  private start = 0
  private end = 0
  /** False while `bytes` is the caller's, which must not be written to. */
  private owned = false

  get isEmpty(): boolean {
    return this.start === this.end
  }

  /** The type of the next message, as soon as its first byte is there. */
  get nextType(): number | undefined {
    return this.isEmpty ? undefined : this.bytes[this.start]
  }

  /** The length of the next message with its header, as soon as that is there. */
  get nextLength(): number | undefined {
    const { bytes, start } = this
    if (this.end - start < MESSAGE_HEADER) return undefined
    return (
      MESSAGE_HEADER + ((bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!)
    )
  }

  push(piece: Uint8Array): void {
    if (this.isEmpty) {
      this.bytes = piece
      this.start = 0
      this.end = piece.length
      this.owned = false
      return
    }
    const needed = this.end - this.start + piece.length
    if (!this.owned || this.end + piece.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(512, needed * 2))
      larger.set(this.bytes.subarray(this.start, this.end))
      this.bytes = larger
      this.end -= this.start
      this.start = 0
      this.owned = true
    }
    this.bytes.set(piece, this.end)
    this.end += piece.length
  }

  /** The next message with its header, when all of it is there. */
  take(): Uint8Array | undefined {
    const length = this.nextLength
    if (length === undefined || length > this.end - this.start) return undefined
    const message = this.bytes.subarray(this.start, this.start + length)
    this.start += length
    return message
  }
}
