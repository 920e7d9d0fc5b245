import { readVarint, varintLengthFromFirstByte } from '../bytes/index.ts'
import type { StreamTransport } from '../quic/index.ts'
import { connectionError, H3ErrorCode } from './errors.ts'
import type { LoadGuard } from './load-guard.ts'

/** Types of unidirectional streams (RFC 9114 §6.2, RFC 9204 §4.2). */
export const StreamType = {
  control: 0x00,
  push: 0x01,
  qpackEncoder: 0x02,
  qpackDecoder: 0x03,
} as const

/** Takes the bytes of a critical stream behind its type; throws `H3Error` or `QpackError`. */
export interface StreamConsumer {
  receive(bytes: Uint8Array): void
}

/** A stream of the peer: `consumer` is known once its type has been read. */
class PeerStream {
  readonly id: number
  readonly type = new Uint8Array(8)
  typeLength = 0
  consumer: StreamConsumer | undefined = undefined

  constructor(id: number) {
    this.id = id
  }
}

/**
 * The unidirectional streams that the peer opens. There is one of each critical type, and it never
 * ends; others are refused and forgotten.
 */
export class UniStreams {
  private readonly transport: StreamTransport
  private readonly guard: LoadGuard
  /** What reads each type; an entry is taken out when its stream has come. */
  private readonly consumers: Map<number, StreamConsumer>
  private readonly criticalTypes: ReadonlySet<number>
  private readonly streams = new Map<number, PeerStream>()

  constructor(
    transport: StreamTransport,
    guard: LoadGuard,
    consumers: ReadonlyMap<number, StreamConsumer>,
  ) {
    this.transport = transport
    this.guard = guard
    this.consumers = new Map(consumers)
    this.criticalTypes = new Set(consumers.keys())
  }

  onOpened(id: number): void {
    this.streams.set(id, new PeerStream(id))
  }

  onReadable(id: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    for (;;) {
      const bytes = this.transport.read(id)
      if (bytes === undefined) break
      if (stream.consumer !== undefined) stream.consumer.receive(bytes)
      else if (!this.readType(stream, bytes)) return
    }
    if (this.transport.readFinished(id)) this.onEnd(id)
  }

  /**
   * FIN, RESET_STREAM or the end of the stream's state. Streams without a type yet may end
   * (RFC 9114 §6.2).
   */
  onEnd(id: number): void {
    const stream = this.streams.get(id)
    if (stream?.consumer !== undefined)
      throw connectionError(H3ErrorCode.closedCriticalStream, 'the peer ended a critical stream')
    this.streams.delete(id)
  }

  /** False when the stream is not wanted. */
  private readType(stream: PeerStream, bytes: Uint8Array): boolean {
    let at = 0
    while (at < bytes.length) {
      stream.type[stream.typeLength++] = bytes[at++]!
      if (stream.typeLength < varintLengthFromFirstByte(stream.type[0]!)) continue
      if (!this.assign(stream, readVarint(stream.type, 0))) return false
      if (at < bytes.length) stream.consumer?.receive(bytes.subarray(at))
      return true
    }
    return true
  }

  private assign(stream: PeerStream, type: number): boolean {
    if (type === StreamType.push) this.refusePush()
    const consumer = this.consumers.get(type)
    if (consumer !== undefined) {
      this.consumers.delete(type)
      stream.consumer = consumer
      return true
    }
    if (this.criticalTypes.has(type))
      throw connectionError(H3ErrorCode.streamCreationError, `a second stream of type ${type}`)
    // RFC 9114 §6.2: unknown types are never an error.
    this.streams.delete(stream.id)
    this.guard.glitch()
    this.transport.stopSending(stream.id, H3ErrorCode.streamCreationError)
    return false
  }

  /** RFC 9114 §4.6, §6.2.2: clients can't push, and we as a client never allow it. */
  private refusePush(): never {
    if (this.transport.role === 'server')
      throw connectionError(H3ErrorCode.streamCreationError, 'a push stream from a client')
    throw connectionError(H3ErrorCode.idError, 'a push stream without MAX_PUSH_ID')
  }
}
