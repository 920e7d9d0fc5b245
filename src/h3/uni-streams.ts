import { concatBytes, IdMap, readVarint, varintLengthFromFirstByte } from '../bytes/index.ts'
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

/**
 * The unidirectional streams that the peer opens. There is one of each critical type, and it never
 * ends; others are refused and forgotten.
 */
export class UniStreams {
  private readonly transport: StreamTransport
  private readonly guard: LoadGuard
  private readonly critical: CriticalStreams
  /** The ids of the critical streams, by their type; -1 where none has come. */
  private readonly criticalIds = [-1, -1, -1, -1]
  /** Streams whose type has not come whole, with the start of it. */
  private readonly untyped = new IdMap<Uint8Array>()

  constructor(transport: StreamTransport, guard: LoadGuard, critical: CriticalStreams) {
    this.transport = transport
    this.guard = guard
    this.critical = critical
  }

  onOpened(id: number): void {
    this.untyped.set(id, NONE)
  }

  onReadable(id: number): void {
    for (;;) {
      const type = this.typeOf(id)
      const typeStart = this.untyped.get(id)
      if (type === undefined && typeStart === undefined) return
      const bytes = this.transport.read(id)
      if (bytes === undefined) break
      if (typeStart !== undefined) this.readType(id, typeStart, bytes)
      else if (type !== undefined) this.critical.receiveCritical(type, bytes)
    }
    if (this.transport.readFinished(id)) this.onEnd(id)
  }

  /**
   * FIN, RESET_STREAM or the end of the stream's state. Streams without a type yet may end
   * (RFC 9114 §6.2).
   */
  onEnd(id: number): void {
    if (this.typeOf(id) !== undefined)
      throw connectionError(H3ErrorCode.closedCriticalStream, 'the peer ended a critical stream')
    this.untyped.delete(id)
  }

  private typeOf(id: number): CriticalType | undefined {
    const type = this.criticalIds.indexOf(id)
    return isCritical(type) ? type : undefined
  }

  private readType(id: number, typeStart: Uint8Array, bytes: Uint8Array): void {
    const start = typeStart.length === 0 ? bytes : concatBytes([typeStart, bytes])
    if (start.length === 0) return
    const length = varintLengthFromFirstByte(start[0]!)
    if (start.length < length) {
      this.untyped.set(id, start)
      return
    }
    this.untyped.delete(id)
    const type = readVarint(start, 0)
    if (!isCritical(type)) return this.refuse(id, type)
    if (this.criticalIds[type] !== -1)
      throw connectionError(H3ErrorCode.streamCreationError, `a second stream of type ${type}`)
    this.criticalIds[type] = id
    if (length < start.length) this.critical.receiveCritical(type, start.subarray(length))
  }

  private refuse(id: number, type: number): void {
    if (type === StreamType.push) this.refusePush()
    // RFC 9114 §6.2: unknown types are never an error.
    this.guard.glitch()
    this.transport.stopSending(id, H3ErrorCode.streamCreationError)
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
