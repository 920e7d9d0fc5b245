import { TlsAlertError } from '../session.ts'

/** The alerts that tell a peer what is wrong with its certificate (RFC 9846 §6.2). */
export const CertificateAlert = {
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateExpired: 45,
  certificateUnknown: 46,
  unknownCa: 48,
  certificateRequired: 116,
} as const
export type CertificateAlert = (typeof CertificateAlert)[keyof typeof CertificateAlert]

/** The names that Node and OpenSSL give the same faults, and `CERT_MALFORMED`, for which they have none. */
export type CertificateErrorCode =
  | 'CA_KEY_TOO_SMALL'
  | 'CA_MD_TOO_WEAK'
  | 'CERT_CHAIN_TOO_LONG'
  | 'CERT_HAS_EXPIRED'
  | 'CERT_MALFORMED'
  | 'CERT_NOT_YET_VALID'
  | 'CERT_SIGNATURE_FAILURE'
  | 'DEPTH_ZERO_SELF_SIGNED_CERT'
  | 'EE_KEY_TOO_SMALL'
  | 'ERR_TLS_CERT_ALTNAME_INVALID'
  | 'EXCLUDED_VIOLATION'
  | 'INVALID_CA'
  | 'INVALID_PURPOSE'
  | 'KEYUSAGE_NO_CERTSIGN'
  | 'PATH_LENGTH_EXCEEDED'
  | 'PERMITTED_VIOLATION'
  | 'SELF_SIGNED_CERT_IN_CHAIN'
  | 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
  | 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
  | 'UNHANDLED_CRITICAL_EXTENSION'
  | 'UNSUPPORTED_CONSTRAINT_TYPE'
  | 'UNSUPPORTED_SIGNATURE_ALGORITHM'

/** A certificate that is malformed or not to be trusted. The message says what is wrong with it. */
export class CertificateError extends TlsAlertError {
  override name = 'CertificateError'
  readonly code: CertificateErrorCode

  constructor(
    alert: CertificateAlert,
    code: CertificateErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(alert, message, options)
    this.code = code
  }
}

/** The error for bytes that are no certificate, or not one that RFC 5280 allows. */
export function malformed(message: string): CertificateError {
  return new CertificateError(
    CertificateAlert.badCertificate,
    'CERT_MALFORMED',
    `The certificate is malformed: ${message}`,
  )
}
