import type { Readable } from 'node:stream'
import type { ConnectionPump } from './connection-pump.ts'

/** Bytes that a Node stream buffers in each direction before it asks to wait. */
export const HIGH_WATER_MARK = 64 * 1024

/**
 * Feeds a message's body to a Readable, as fast as that is read: what stays in the transport holds
 * the peer back.
 */
export class BodyReader {
  private readonly target: Readable
  private readonly pump: ConnectionPump
  private readonly id: number
  private wanted = false
  private available = false
  private ended = false

  constructor(target: Readable, pump: ConnectionPump, id: number) {
    this.target = target
    this.pump = pump
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
    const { pump } = this
    let bytes = pump.readBody(this.id)
    while (bytes !== undefined) {
      if (!this.target.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
        this.wanted = false
        pump.touch()
        return
      }
      bytes = pump.readBody(this.id)
    }
    this.available = false
    pump.touch()
  }
}
