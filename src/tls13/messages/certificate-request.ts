import { missingExtension } from '../alert.ts'
import { decodeAll } from './decode.ts'
import {
  checkRequest,
  type Extensions,
  ExtensionType,
  readExtensions,
  writeExtensions,
} from './extension-block.ts'
import { decodeU16List, encodeU16List } from './extension-values.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** RFC 9846 §4.4.2. */
export interface CertificateRequest {
  /** Empty in the handshake; only requests after it, which QUIC has not, need one. */
  readonly context: Uint8Array
  readonly signatureAlgorithms: readonly number[]
}

const ALLOWED: readonly number[] = [
  ExtensionType.signatureAlgorithms,
  ExtensionType.signatureAlgorithmsCert,
]

export function encodeCertificateRequest(signatureAlgorithms: readonly number[]): Uint8Array {
  return encodeMessage(HandshakeType.certificateRequest, (writer) => {
    writer.u8(0)
    writeExtensions(
      writer,
      new Map([[ExtensionType.signatureAlgorithms, encodeU16List(signatureAlgorithms)]]),
    )
  })
}

export function decodeCertificateRequest(body: Uint8Array): CertificateRequest {
  return decodeAll(body, 'CertificateRequest', (reader) => {
    const context = reader.vector8()
    const extensions: Extensions = readExtensions(reader)
    checkRequest('CertificateRequest', extensions, ALLOWED)
    const schemes = extensions.get(ExtensionType.signatureAlgorithms)
    if (schemes === undefined) throw missingExtension('signature_algorithms')
    const certificateSchemes = extensions.get(ExtensionType.signatureAlgorithmsCert)
    if (certificateSchemes !== undefined)
      decodeU16List(certificateSchemes, 'signature_algorithms_cert')
    return { context, signatureAlgorithms: decodeU16List(schemes, 'signature_algorithms') }
  })
}
