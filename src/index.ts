/**
 * HTTP/3 over QUIC v1 and TLS 1.3, client and server, in the shape of `node:http2` and fetch.
 */
export * from './api/index.ts'
export {
  createDevCertificate,
  type DevCertificate,
  type DevCertificateOptions,
  spkiHash,
} from './certs/index.ts'
