import { varintLength, writeVarint } from '../bytes/index.ts'

/** Frame types (RFC 9114 §7.2). */
export const FrameType = {
  data: 0x00,
  headers: 0x01,
  cancelPush: 0x03,
  settings: 0x04,
  pushPromise: 0x05,
  goaway: 0x07,
  maxPushId: 0x0d,
} as const

/** HTTP/2 frames without a counterpart: never legal here (RFC 9114 §7.2.8). */
export function isHttp2FrameType(type: number): boolean {
  return type === 0x02 || type === 0x06 || type === 0x08 || type === 0x09
}

/** A whole frame in one buffer. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const headerLength = varintLength(type) + varintLength(payload.length)
  const frame = new Uint8Array(headerLength + payload.length)
  writeVarint(frame, writeVarint(frame, 0, type), payload.length)
  frame.set(payload, headerLength)
  return frame
}

/** The header of a DATA frame, for payloads too long to be copied. */
export function encodeDataHeader(length: number): Uint8Array {
  const header = new Uint8Array(1 + varintLength(length))
  writeVarint(header, 1, length)
  return header
}

/** GOAWAY with a stream id (a server) or push id (a client). */
export function encodeGoaway(id: number): Uint8Array {
  const payload = new Uint8Array(varintLength(id))
  writeVarint(payload, 0, id)
  return encodeFrame(FrameType.goaway, payload)
}

/**
 * The GOAWAY by which a server gives notice without refusing anything yet (RFC 9114 §5.2): its id is
 * 2^62-4, which is beyond the numbers that `writeVarint` takes.
 */
export function encodeGoawayNotice(): Uint8Array {
  return Uint8Array.of(FrameType.goaway, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc)
}
