import type { AckFrame } from './ack-frame.ts'

/**
 * What the parser calls, one method a frame, in the order of the packet. Byte strings are views into
 * the payload. Numbers above 2^53-1 arrive as 2^53-1.
 */
export interface FrameVisitor {
  ping(): void
  /** `ack` is overwritten by the next ACK frame. */
  ack(ack: AckFrame): void
  resetStream(id: number, errorCode: number, finalSize: number): void
  stopSending(id: number, errorCode: number): void
  crypto(offset: number, data: Uint8Array): void
  newToken(token: Uint8Array): void
  stream(id: number, offset: number, data: Uint8Array, fin: boolean): void
  maxData(maximum: number): void
  maxStreamData(id: number, maximum: number): void
  maxStreams(bidi: boolean, maximum: number): void
  dataBlocked(limit: number): void
  streamDataBlocked(id: number, limit: number): void
  streamsBlocked(bidi: boolean, limit: number): void
  newConnectionId(
    sequence: number,
    retirePriorTo: number,
    connectionId: Uint8Array,
    statelessResetToken: Uint8Array,
  ): void
  retireConnectionId(sequence: number): void
  /** 8 bytes. */
  pathChallenge(data: Uint8Array): void
  pathResponse(data: Uint8Array): void
  /** `frameType` is 0 when the close comes from the application. */
  connectionClose(
    application: boolean,
    errorCode: number,
    frameType: number,
    reason: Uint8Array,
  ): void
  handshakeDone(): void
}
