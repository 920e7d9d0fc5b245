import { type FrameType, type FrameWriter, frameFlags, frameTypes } from '../bus/index.ts'

/** The frames of one request: what all of them carry, and the way they go. */
export class RequestAddress {
  readonly messageId: number
  readonly sessionId: number
  readonly streamId: number
  private readonly writer: FrameWriter

  constructor(writer: FrameWriter, messageId: number, sessionId: number, streamId: number) {
    this.writer = writer
    this.messageId = messageId
    this.sessionId = sessionId
    this.streamId = streamId
  }

  send(type: FrameType, payload: Uint8Array, fin: boolean): void {
    const flags = fin ? frameFlags.fin : 0
    this.writer.send(type, flags, this.sessionId, this.streamId, this.messageId, 0, payload)
  }

  /** A frame without payload: a code, or credit. Codes of QUIC have 62 bits; the highest stand for all above. */
  signal(type: FrameType, value: number): void {
    const { writer, sessionId, streamId, messageId } = this
    writer.send(type, 0, sessionId, streamId, messageId, Math.min(value, 0xffff_ffff))
  }

  grant(bytes: number): void {
    this.signal(frameTypes.window, bytes)
  }
}
