export { ArgumentError, type ArgumentErrorCode } from './argument-error.ts'
export { Certificate } from './certificate.ts'
export {
  CertificateAlert,
  CertificateError,
  type CertificateErrorCode,
} from './certificate-error.ts'
export { loadIdentity } from './identity.ts'
export { readPemCertificates } from './pem.ts'
export { TrustStore } from './trust-store.ts'
export type { Identity, PeerVerifier } from './types.ts'
export {
  type ClientVerifierOptions,
  createClientVerifier,
  createServerVerifier,
  type ServerVerifierOptions,
} from './verifier.ts'
