import { readVarint, varintLengthFromFirstByte } from '../bytes/index.ts'
import { connectionError, H3ErrorCode } from './errors.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameType, isHttp2FrameType } from './frames.ts'
import { MAX_SETTINGS_LENGTH, MAX_VARINT_FRAME_LENGTH } from './limits.ts'
import type { LoadGuard } from './load-guard.ts'
import { decodeSettings } from './settings.ts'

/** What the frames of the peer's control stream are handed to. */
export interface ControlHandler {
  onSettings(settings: ReadonlyMap<number, number>): void
  /** @param isRequestId whether it could be the id of a request stream */
  onGoaway(id: number, isRequestId: boolean): void
}

/** What is legal on the control stream, by type: the longest payload, and what carries it out. */
interface FrameRule {
  readonly maxLength: number
  readonly tooLongCode: number
  readonly apply: (stream: ControlStream, payload: Uint8Array) => void
}

const varintRule = (apply: FrameRule['apply']): FrameRule => ({
  maxLength: MAX_VARINT_FRAME_LENGTH,
  tooLongCode: H3ErrorCode.frameError,
  apply,
})

const RULES: ReadonlyMap<number, FrameRule> = new Map([
  [
    FrameType.settings,
    {
      maxLength: MAX_SETTINGS_LENGTH,
      tooLongCode: H3ErrorCode.excessiveLoad,
      apply: (stream: ControlStream, payload: Uint8Array) => stream.applySettings(payload),
    },
  ],
  [FrameType.goaway, varintRule((stream, payload) => stream.applyGoaway(payload))],
  [FrameType.maxPushId, varintRule((stream, payload) => stream.applyMaxPushId(payload))],
  [FrameType.cancelPush, varintRule((stream, payload) => stream.applyCancelPush(payload))],
])

/** Reads the peer's control stream (RFC 9114 §6.2.1). Unknown frames are skipped, whatever their length. */
export class ControlStream {
  private readonly role: 'client' | 'server'
  private readonly handler: ControlHandler
  private readonly guard: LoadGuard
  private readonly reader = new FrameReader()
  private inFrame = false
  private hasSettings = false
  private maxPushId = -1

  constructor(role: 'client' | 'server', handler: ControlHandler, guard: LoadGuard) {
    this.role = role
    this.handler = handler
    this.guard = guard
  }

  /** Throws `H3Error`. */
  receive(bytes: Uint8Array): void {
    const { reader } = this
    reader.push(bytes)
    for (;;) {
      if (!this.inFrame) {
        if (!reader.readHeader()) return
        this.checkHeader(reader.type, reader.length)
        this.inFrame = true
      }
      const rule = RULES.get(reader.type)
      if (rule === undefined) {
        if (!reader.skipPayload()) return
      } else {
        const payload = reader.readWholePayload()
        if (payload === undefined) return
        rule.apply(this, payload)
      }
      this.inFrame = false
    }
  }

  private checkHeader(type: number, length: number): void {
    // RFC 9114 §6.2.1: SETTINGS comes first; §7.2.4: and once.
    if (!this.hasSettings && type !== FrameType.settings)
      throw connectionError(
        H3ErrorCode.missingSettings,
        'the control stream begins without SETTINGS',
      )
    if (this.hasSettings && type === FrameType.settings) throw unexpected('a second SETTINGS')
    const rule = RULES.get(type)
    if (rule !== undefined) {
      // RFC 9114 §7.2.7: only clients send it.
      if (type === FrameType.maxPushId && this.role === 'client')
        throw unexpected('MAX_PUSH_ID from a server')
      if (length > rule.maxLength)
        throw connectionError(rule.tooLongCode, `frame 0x${type.toString(16)} is too long`)
      return
    }
    // RFC 9114 §7.2.1, §7.2.2, §7.2.5, §7.2.8.
    if (
      type === FrameType.data ||
      type === FrameType.headers ||
      type === FrameType.pushPromise ||
      isHttp2FrameType(type)
    )
      throw unexpected(`frame 0x${type.toString(16)} on the control stream`)
    this.guard.glitch()
  }

  applySettings(payload: Uint8Array): void {
    this.hasSettings = true
    this.handler.onSettings(decodeSettings(payload))
  }

  applyGoaway(payload: Uint8Array): void {
    this.guard.glitch()
    const id = readId(payload)
    // From the last byte: ids above 2^53-1 saturate, and 2^62-4 is the usual one.
    this.handler.onGoaway(id, (payload[payload.length - 1]! & 3) === 0)
  }

  /** We never push, but the rule of RFC 9114 §7.2.7 holds all the same. */
  applyMaxPushId(payload: Uint8Array): void {
    this.guard.glitch()
    const id = readId(payload)
    if (id < this.maxPushId) throw connectionError(H3ErrorCode.idError, 'MAX_PUSH_ID went down')
    this.maxPushId = id
  }

  /** RFC 9114 §7.2.3: as a client we allowed no push id, as a server we promised none. */
  applyCancelPush(payload: Uint8Array): void {
    throw connectionError(H3ErrorCode.idError, `CANCEL_PUSH of ${readId(payload)}, no push exists`)
  }
}

function unexpected(reason: string): Error {
  return connectionError(H3ErrorCode.frameUnexpected, reason)
}

/** The one varint that is the whole payload (RFC 9114 §7.1). */
function readId(payload: Uint8Array): number {
  const first = payload[0]
  if (first === undefined || payload.length !== varintLengthFromFirstByte(first))
    throw connectionError(H3ErrorCode.frameError, 'the payload is not one varint')
  return readVarint(payload, 0)
}
