import { decodeError } from '../alert.ts'
import { decodeAll, decodeList } from './decode.ts'
import { checkAnswer, readExtensions } from './extension-block.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** RFC 9846 §4.5.1. */
export interface CertificateMessage {
  readonly context: Uint8Array
  /** In DER, the sender's own first; empty for a client that has none. */
  readonly chain: readonly Uint8Array[]
}

export function encodeCertificate(chain: readonly Uint8Array[]): Uint8Array {
  return encodeMessage(HandshakeType.certificate, (writer) => {
    writer.u8(0)
    writer.vector(3, (list) => {
      for (const der of chain) {
        list.vector(3, (entry) => entry.put(der))
        list.u16(0)
      }
    })
  })
}

export function decodeCertificate(body: Uint8Array): CertificateMessage {
  return decodeAll(body, 'Certificate', (reader) => {
    const context = reader.vector8()
    const chain = decodeList(reader.vector24(), 'certificate_list', 0, (list) => {
      const der = list.vector24()
      if (der.length === 0) throw decodeError('Certificate has an empty entry')
      // Neither role asks for OCSP responses or timestamps, so none can be answered.
      checkAnswer('Certificate', readExtensions(list), [], () => false)
      return der
    })
    return { context, chain }
  })
}
