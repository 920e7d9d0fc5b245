import type { MessageTransport } from './message-transport.ts'

type Callback = (error?: Error | null) => void

/** Sends a message's body; a write is called back when the transport has room for the next. */
export class BodyWriter {
  private readonly transport: MessageTransport
  private readonly id: number
  private waiting: Callback | undefined
  private over = false
  /** When the wait for room began, in milliseconds of the host's clock; undefined when there is none. */
  waitingSince: number | undefined

  constructor(transport: MessageTransport, id: number) {
    this.transport = transport
    this.id = id
  }

  /** Sends bytes that nobody will change, and with `end` the end. */
  send(bytes: Uint8Array, end: boolean, callback: Callback): void {
    if (this.over) {
      callback()
      return
    }
    if (end) this.over = true
    const room = this.transport.h3.sendData(this.id, bytes, end)
    this.transport.touch()
    if (room || end) callback()
    else {
      this.waiting = callback
      this.waitingSince = performance.now()
    }
  }

  onWritable(): void {
    const { waiting } = this
    this.waiting = undefined
    this.waitingSince = undefined
    waiting?.()
  }

  /** The peer wants no more: everything that is still written goes nowhere. */
  abandon(): void {
    this.over = true
    this.onWritable()
  }
}

/** Node lets a caller reuse a Buffer after its write was called back; we may have to send it again. */
export function ownBytes(chunk: string | Uint8Array, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : new Uint8Array(chunk)
}
