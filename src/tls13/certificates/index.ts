export { Certificate } from './certificate.ts'
export {
  CertificateAlert,
  CertificateError,
  type CertificateErrorCode,
} from './certificate-error.ts'
export type { Identity, PeerVerifier } from './types.ts'
