import { createHash, X509Certificate } from 'node:crypto'

/** SHA-256 of a certificate (PEM or DER) in hex: for `serverCertificateHashes` of WebTransport. */
export function certificateHash(certificate: string | Uint8Array): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
}

/**
 * SHA-256 of a certificate's public key (its SubjectPublicKeyInfo) in base64: for Chromium's
 * `--ignore-certificate-errors-spki-list`.
 *
 * @param certificate PEM or DER; of several in a PEM the first
 */
export function spkiHash(certificate: string | Uint8Array): string {
  const { publicKey } = new X509Certificate(certificate)
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64')
}
