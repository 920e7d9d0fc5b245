import type { Readable } from 'node:stream'
import type { MessageTransport } from './message-transport.ts'

/** Bytes that a Node stream buffers in each direction before it asks to wait. */
export const HIGH_WATER_MARK = 64 * 1024

/**
 * Pieces below this length are gathered: a stream counts the bytes that it holds, and a peer that
 * sends each byte in a frame of its own would make it hold an object for each.
 */
const SMALL_PIECE = 256
const GATHERED_LENGTH = 4096

/**
 * Feeds a message's body to a Readable, as fast as that is read: what stays in the transport holds
 * the peer back.
 */
export class BodyReader {
  private readonly target: Readable
  private readonly transport: MessageTransport
  private readonly id: number
  private wanted = false
  private available = false
  private ended = false
  private gathered: Buffer | undefined = undefined
  private gatheredLength = 0

  constructor(target: Readable, transport: MessageTransport, id: number) {
    this.target = target
    this.transport = transport
    this.id = id
  }

  /** `_read`: the reader wants more. */
  want(): void {
    this.wanted = true
    if (this.available) this.pull()
  }

  onReadable(): void {
    this.available = true
    if (this.wanted) this.pull()
  }

  /** Every byte has been read and no more will come. */
  onEnded(): void {
    if (this.ended) return
    this.ended = true
    if (!this.target.destroyed) this.target.push(null)
  }

  private pull(): void {
    const { transport } = this
    this.wanted = false
    let mayGoOn = true
    while (mayGoOn) {
      const bytes = transport.readBody(this.id)
      if (bytes === undefined) {
        mayGoOn = this.pushGathered()
        this.available = false
        break
      }
      if (bytes.length < SMALL_PIECE) mayGoOn = this.gather(bytes)
      else {
        this.pushGathered()
        mayGoOn = this.target.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      }
    }
    if (mayGoOn) this.wanted = true
    transport.touch()
  }

  private gather(bytes: Uint8Array): boolean {
    this.gathered ??= Buffer.allocUnsafeSlow(GATHERED_LENGTH)
    this.gathered.set(bytes, this.gatheredLength)
    this.gatheredLength += bytes.length
    return this.gatheredLength <= GATHERED_LENGTH - SMALL_PIECE || this.pushGathered()
  }

  private pushGathered(): boolean {
    const { gathered, gatheredLength } = this
    if (gathered === undefined) return true
    this.gathered = undefined
    this.gatheredLength = 0
    // A few bytes alone must not hold the whole buffer.
    const isFull = gatheredLength > GATHERED_LENGTH / 2
    return this.target.push(
      isFull
        ? gathered.subarray(0, gatheredLength)
        : Buffer.from(gathered.subarray(0, gatheredLength)),
    )
  }
}
