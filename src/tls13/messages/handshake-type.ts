import { Writer } from '../../bytes/index.ts'

/** RFC 9846 §4. */
export const HandshakeType = {
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  certificateRequest: 13,
  certificateVerify: 15,
  finished: 20,
  messageHash: 254,
} as const
export type HandshakeType = (typeof HandshakeType)[keyof typeof HandshakeType]

/** Bytes of type and length before the body. */
export const MESSAGE_HEADER = 4

/** A whole message: type, 24-bit length, and the body that `body` writes. */
export function encodeMessage(type: HandshakeType, body: (writer: Writer) => void): Uint8Array {
  const writer = Writer.growable()
  writer.u8(type)
  writer.vector(3, body)
  return writer.written()
}
