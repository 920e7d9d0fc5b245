import { decodeBase64 } from '../base64.ts'
import { ArgumentError } from './argument-error.ts'

const BLOCK = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([^-]*)-----END \1-----/g

/**
 * The certificates, in DER, of a PEM bundle (text or bytes; what stands around the certificates is
 * passed over), or of the bytes of one certificate in DER. Throws {@link ArgumentError}.
 */
export function readPemCertificates(input: string | Uint8Array): Uint8Array[] {
  if (typeof input !== 'string' && isDer(input)) return [new Uint8Array(input)]
  const text = typeof input === 'string' ? input : latin1(input)
  const found: Uint8Array[] = []
  for (const [, , body = ''] of text.matchAll(BLOCK)) {
    const der = decodeBase64(body)
    if (der === undefined)
      throw new ArgumentError(
        'ERR_INVALID_ARG_VALUE',
        `Certificate ${found.length + 1} of the PEM is not base64`,
      )
    found.push(der)
  }
  if (found.length === 0)
    throw new ArgumentError(
      'ERR_INVALID_ARG_VALUE',
      'No certificate found: neither a PEM block "BEGIN CERTIFICATE" nor DER',
    )
  return found
}

/** A SEQUENCE of more than 127 bytes: its second byte is not ASCII. */
function isDer(input: Uint8Array): boolean {
  return input[0] === 0x30 && input[1]! >= 0x80
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
