/** Bus parts without a socket. */
import { type FrameHandler, type FrameHead, FrameWriter } from '../../../src/vfd/bus/index.ts'

export interface Taken {
  readonly type: number
  readonly flags: number
  readonly sessionId: number
  readonly streamId: number
  readonly messageId: number
  readonly value: number
  readonly workerId: number
  readonly payload: Uint8Array
  readonly last: boolean | undefined
}

/** Keeps what a decoder tells. */
export class Collector implements FrameHandler {
  readonly taken: Taken[] = []

  onMessage(head: FrameHead, payload: Uint8Array): void {
    this.keep(head, payload, undefined)
  }

  onData(head: FrameHead, piece: Uint8Array, last: boolean): void {
    this.keep(head, piece, last)
  }

  private keep(head: FrameHead, payload: Uint8Array, last: boolean | undefined): void {
    const { type, flags, sessionId, streamId, messageId, value, workerId } = head
    this.taken.push({ type, flags, sessionId, streamId, messageId, value, workerId, payload, last })
  }
}

/** A socket that keeps what is written, and how. */
export class PaperSocket {
  readonly writes: Uint8Array[] = []
  corked = 0
  writableLength = 0

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes)
    return true
  }

  cork(): void {
    this.corked++
  }

  uncork(): void {}

  get bytes(): Buffer {
    return Buffer.concat(this.writes)
  }
}

/** The bytes of the frames that `send` sends. */
export function bytesOf(send: (writer: FrameWriter) => void): Buffer {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  send(writer)
  writer.flush()
  return socket.bytes
}
