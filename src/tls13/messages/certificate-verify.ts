import { Writer } from '../../bytes/index.ts'
import { decodeAll } from './decode.ts'
import { encodeMessage, HandshakeType } from './handshake-type.ts'

/** RFC 9846 §4.5.2. */
export interface CertificateVerify {
  readonly scheme: number
  readonly signature: Uint8Array
}

const CONTEXTS = {
  client: 'TLS 1.3, client CertificateVerify',
  server: 'TLS 1.3, server CertificateVerify',
} as const

/** What is signed: 64 spaces, who signs, a zero, and the transcript up to the Certificate. */
export function signedContent(signer: 'client' | 'server', transcriptHash: Uint8Array): Uint8Array {
  const writer = Writer.growable()
  for (let i = 0; i < 64; i++) writer.u8(0x20)
  writer.put(new TextEncoder().encode(CONTEXTS[signer]))
  writer.u8(0)
  writer.put(transcriptHash)
  return writer.written()
}

export function encodeCertificateVerify(scheme: number, signature: Uint8Array): Uint8Array {
  return encodeMessage(HandshakeType.certificateVerify, (writer) => {
    writer.u16(scheme)
    writer.vector(2, (body) => body.put(signature))
  })
}

export function decodeCertificateVerify(body: Uint8Array): CertificateVerify {
  return decodeAll(body, 'CertificateVerify', (reader) => ({
    scheme: reader.u16(),
    signature: reader.vector16(),
  }))
}
