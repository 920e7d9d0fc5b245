import { toHex } from '../../../src/bytes/index.ts'
import type { AckFrame, FrameVisitor } from '../../../src/quic/wire/index.ts'

/** Notes each frame as a list: its method, then its values, bytes in hex. */
export class RecordingVisitor implements FrameVisitor {
  readonly frames: unknown[][] = []

  private note(name: string, ...values: unknown[]): void {
    this.frames.push([
      name,
      ...values.map((value) => (value instanceof Uint8Array ? toHex(value) : value)),
    ])
  }

  ping(): void {
    this.note('ping')
  }

  ack(ack: AckFrame): void {
    const ranges: number[][] = []
    for (let i = 0; i < ack.rangeCount; i++) ranges.push([ack.smallest(i), ack.largest(i)])
    const ecn = ack.hasEcn ? [ack.ect0, ack.ect1, ack.ce] : undefined
    this.note('ack', ack.largestAcked, ack.ackDelay, ranges, ecn)
  }

  resetStream(...values: [number, number, number]): void {
    this.note('resetStream', ...values)
  }

  stopSending(...values: [number, number]): void {
    this.note('stopSending', ...values)
  }

  crypto(...values: [number, Uint8Array]): void {
    this.note('crypto', ...values)
  }

  newToken(token: Uint8Array): void {
    this.note('newToken', token)
  }

  stream(...values: [number, number, Uint8Array, boolean]): void {
    this.note('stream', ...values)
  }

  maxData(maximum: number): void {
    this.note('maxData', maximum)
  }

  maxStreamData(...values: [number, number]): void {
    this.note('maxStreamData', ...values)
  }

  maxStreams(...values: [boolean, number]): void {
    this.note('maxStreams', ...values)
  }

  dataBlocked(limit: number): void {
    this.note('dataBlocked', limit)
  }

  streamDataBlocked(...values: [number, number]): void {
    this.note('streamDataBlocked', ...values)
  }

  streamsBlocked(...values: [boolean, number]): void {
    this.note('streamsBlocked', ...values)
  }

  newConnectionId(...values: [number, number, Uint8Array, Uint8Array]): void {
    this.note('newConnectionId', ...values)
  }

  retireConnectionId(sequence: number): void {
    this.note('retireConnectionId', sequence)
  }

  pathChallenge(data: Uint8Array): void {
    this.note('pathChallenge', data)
  }

  pathResponse(data: Uint8Array): void {
    this.note('pathResponse', data)
  }

  connectionClose(...values: [boolean, number, number, Uint8Array]): void {
    this.note('connectionClose', ...values)
  }

  handshakeDone(): void {
    this.note('handshakeDone')
  }
}
