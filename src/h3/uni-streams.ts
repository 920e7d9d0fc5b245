import { concatBytes, readVarint, SparseMap, varintLengthFromFirstByte } from '../bytes/index.ts'
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

export type CriticalType =
  | typeof StreamType.control
  | typeof StreamType.qpackEncoder
  | typeof StreamType.qpackDecoder

/** Takes the bytes of a critical stream behind its type; throws `H3Error` or `QpackError`. */
export interface CriticalStreams {
  receiveCritical(type: CriticalType, bytes: Uint8Array): void
}

const NONE: Uint8Array = new Uint8Array(0)

/** A stream of the peer; one whose type is known and that is still kept is critical. */
class PeerStream {
  readonly id: number
  type: CriticalType | undefined = undefined
  /** The start of a type that has not come whole. */
  typeStart = NONE

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
  private readonly critical: CriticalStreams
  /** The critical types that have come, a bit each. */
  private seenTypes = 0
  private readonly streams = new SparseMap<number, PeerStream>()

  constructor(transport: StreamTransport, guard: LoadGuard, critical: CriticalStreams) {
    this.transport = transport
    this.guard = guard
    this.critical = critical
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
      if (stream.type !== undefined) this.critical.receiveCritical(stream.type, bytes)
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
    if (stream?.type !== undefined)
      throw connectionError(H3ErrorCode.closedCriticalStream, 'the peer ended a critical stream')
    this.streams.delete(id)
  }

  /** False when the stream is not wanted. */
  private readType(stream: PeerStream, bytes: Uint8Array): boolean {
    const { typeStart } = stream
    const start = typeStart.length === 0 ? bytes : concatBytes([typeStart, bytes])
    if (start.length === 0) return true
    const length = varintLengthFromFirstByte(start[0]!)
    if (start.length < length) {
      stream.typeStart = start
      return true
    }
    stream.typeStart = NONE
    const type = readVarint(start, 0)
    if (!isCritical(type)) {
      this.refuse(stream, type)
      return false
    }
    const bit = 1 << type
    if ((this.seenTypes & bit) !== 0)
      throw connectionError(H3ErrorCode.streamCreationError, `a second stream of type ${type}`)
    this.seenTypes |= bit
    stream.type = type
    if (length < start.length) this.critical.receiveCritical(type, start.subarray(length))
    return true
  }

  private refuse(stream: PeerStream, type: number): void {
    if (type === StreamType.push) this.refusePush()
    // RFC 9114 §6.2: unknown types are never an error.
    this.streams.delete(stream.id)
    this.guard.glitch()
    this.transport.stopSending(stream.id, H3ErrorCode.streamCreationError)
  }

  /** RFC 9114 §4.6, §6.2.2: clients can't push, and we as a client never allow it. */
  private refusePush(): never {
    if (this.transport.role === 'server')
      throw connectionError(H3ErrorCode.streamCreationError, 'a push stream from a client')
    throw connectionError(H3ErrorCode.idError, 'a push stream without MAX_PUSH_ID')
  }
}

function isCritical(type: number): type is CriticalType {
  return (
    type === StreamType.control ||
    type === StreamType.qpackEncoder ||
    type === StreamType.qpackDecoder
  )
}
