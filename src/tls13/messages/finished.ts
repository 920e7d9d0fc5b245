import { decodeError } from '../alert.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** RFC 9846 §4.5.3: the body is the bare verify_data. */
export function encodeFinished(verifyData: Uint8Array): Uint8Array {
  return encodeMessage(HandshakeType.finished, (writer) => writer.put(verifyData))
}

/** @param length the length of the hash of the suite, which verify_data must have */
export function decodeFinished(body: Uint8Array, length: number): Uint8Array {
  if (body.length !== length)
    throw decodeError(`Finished has ${body.length} bytes instead of ${length}`)
  return body
}
