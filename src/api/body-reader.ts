import type { Readable } from 'node:stream'
import type { MessageTransport } from './message-transport.ts'

/** Bytes that a Node stream buffers in each direction before it asks to wait. */
export const HIGH_WATER_MARK = 64 * 1024

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
    let bytes = transport.readBody(this.id)
    while (bytes !== undefined) {
      if (!this.target.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
        this.wanted = false
        transport.touch()
        return
      }
      bytes = transport.readBody(this.id)
    }
    this.available = false
    transport.touch()
  }
}
