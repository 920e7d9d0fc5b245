import { Reader, Writer } from '../bytes/index.ts'
import { connectionError, H3ErrorCode } from './errors.ts'
import { encodeFrame, FrameType } from './frames.ts'

/** Setting identifiers (RFC 9114 §7.2.4.1, RFC 9204 §5). */
export const SettingId = {
  qpackMaxTableCapacity: 0x01,
  maxFieldSectionSize: 0x06,
  qpackBlockedStreams: 0x07,
} as const

/** The reserved identifiers, frame types and stream types are 0x1f * N + 0x21 (RFC 9114 §7.2.4.1). */
export function reservedIdentifier(n: number): number {
  return 0x1f * n + 0x21
}

/** A whole SETTINGS frame. */
export function encodeSettings(settings: ReadonlyMap<number, number>): Uint8Array {
  const payload = Writer.growable(64)
  for (const [identifier, value] of settings) {
    payload.varint(identifier)
    payload.varint(value)
  }
  return encodeFrame(FrameType.settings, payload.written())
}

/** Identifier to value, unknown ones included; values above 2^53-1 saturate. Throws `H3Error`. */
export function decodeSettings(payload: Uint8Array): Map<number, number> {
  const settings = new Map<number, number>()
  const reader = new Reader(payload)
  while (reader.remaining > 0) {
    const identifier = readSettingVarint(reader)
    const value = readSettingVarint(reader)
    // RFC 9114 §7.2.4.1: settings of HTTP/2 that have no counterpart.
    if (identifier === 0 || (identifier >= 0x02 && identifier <= 0x05))
      throw connectionError(H3ErrorCode.settingsError, `setting ${identifier} is one of HTTP/2`)
    // Identifiers that saturate look alike without being the same.
    if (settings.has(identifier) && identifier !== Number.MAX_SAFE_INTEGER)
      throw connectionError(H3ErrorCode.settingsError, `setting ${identifier} came twice`)
    settings.set(identifier, value)
  }
  return settings
}

function readSettingVarint(reader: Reader): number {
  const { bytes, position } = reader
  const first = bytes[position]
  if (first === undefined || 1 << (first >>> 6) > reader.remaining)
    throw connectionError(H3ErrorCode.frameError, 'SETTINGS ends inside a setting')
  return reader.varint()
}
