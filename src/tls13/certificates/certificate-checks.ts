import { MAX_RSA_BITS, MIN_RSA_BITS } from '../limits.ts'
import type { Certificate } from './certificate.ts'
import {
  CertificateAlert,
  CertificateError,
  type CertificateErrorCode,
} from './certificate-error.ts'
import { KeyUsage, Purpose } from './extensions.ts'

/** What a certificate itself must be, whoever signed it. All throw {@link CertificateError}. */

/** @param now milliseconds since 1970 */
export function checkEndEntity(certificate: Certificate, purpose: Purpose, now: number): void {
  checkForAll(certificate, purpose, now)
  checkKeyStrength(certificate, 'EE_KEY_TOO_SMALL')
  if (certificate.keyKind === 'ec-p521') throw unsupportedKey(certificate)
  // RFC 9846 §4.5.1.2: the key must be allowed to sign.
  if (lacksUsage(certificate, KeyUsage.digitalSignature))
    throw new CertificateError(
      CertificateAlert.unsupportedCertificate,
      'INVALID_PURPOSE',
      `The key of ${certificate.subjectText} may not be used for signatures (keyUsage lacks digitalSignature)`,
    )
}

/**
 * @param below how many certificates of CAs, the self-issued ones not counted, stand between this
 * one and the last
 */
export function checkAuthority(
  certificate: Certificate,
  purpose: Purpose,
  now: number,
  below: number,
): void {
  checkForAll(certificate, purpose, now)
  checkKeyStrength(certificate, 'CA_KEY_TOO_SMALL')
  const { basicConstraints } = certificate
  // Version 1 knows no extensions: such a root is a CA because we were told so.
  if (basicConstraints?.ca !== true && !(certificate.version === 1 && certificate.selfIssued))
    throw new CertificateError(
      CertificateAlert.unknownCa,
      'INVALID_CA',
      `${certificate.subjectText} is no certificate authority (basicConstraints lacks CA:TRUE)`,
    )
  if (lacksUsage(certificate, KeyUsage.keyCertSign))
    throw new CertificateError(
      CertificateAlert.unknownCa,
      'KEYUSAGE_NO_CERTSIGN',
      `${certificate.subjectText} may not sign certificates (keyUsage lacks keyCertSign)`,
    )
  const pathLength = basicConstraints?.pathLength
  if (pathLength !== undefined && below > pathLength)
    throw new CertificateError(
      CertificateAlert.unknownCa,
      'PATH_LENGTH_EXCEEDED',
      `${certificate.subjectText} allows ${pathLength} further authorities below it, not ${below}`,
    )
}

function checkForAll(certificate: Certificate, purpose: Purpose, now: number): void {
  checkDates(certificate, now)
  const [unknown] = certificate.unknownCriticalExtensions
  if (unknown !== undefined)
    throw new CertificateError(
      CertificateAlert.unsupportedCertificate,
      'UNHANDLED_CRITICAL_EXTENSION',
      `${certificate.subjectText} has the critical extension ${unknown}, which is not understood here`,
    )
  // On a CA's certificate too, it limits what is below, as in all browsers and OpenSSL.
  const purposes = certificate.extendedKeyUsage
  if (purposes !== undefined && !purposes.includes(purpose) && !purposes.includes(Purpose.any))
    throw new CertificateError(
      CertificateAlert.unsupportedCertificate,
      'INVALID_PURPOSE',
      `${certificate.subjectText} is not for TLS ${purpose === Purpose.serverAuth ? 'servers' : 'clients'} (extKeyUsage)`,
    )
}

function checkDates(certificate: Certificate, now: number): void {
  if (now < certificate.notBefore)
    throw new CertificateError(
      CertificateAlert.certificateExpired,
      'CERT_NOT_YET_VALID',
      `${certificate.subjectText} is not valid before ${iso(certificate.notBefore)} (now: ${iso(now)})`,
    )
  // A time has whole seconds, the last of which still belongs to it.
  if (now >= certificate.notAfter + 1000)
    throw new CertificateError(
      CertificateAlert.certificateExpired,
      'CERT_HAS_EXPIRED',
      `${certificate.subjectText} expired at ${iso(certificate.notAfter)} (now: ${iso(now)})`,
    )
}

function checkKeyStrength(certificate: Certificate, code: CertificateErrorCode): void {
  const { keyKind, keyBits } = certificate
  if (keyKind === 'other') throw unsupportedKey(certificate)
  if (keyKind === 'rsa' && (keyBits < MIN_RSA_BITS || keyBits > MAX_RSA_BITS))
    throw new CertificateError(
      CertificateAlert.unsupportedCertificate,
      keyBits < MIN_RSA_BITS ? code : 'UNSUPPORTED_SIGNATURE_ALGORITHM',
      `The RSA key of ${certificate.subjectText} has ${keyBits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`,
    )
}

function unsupportedKey({ subjectText }: Certificate): CertificateError {
  return new CertificateError(
    CertificateAlert.unsupportedCertificate,
    'UNSUPPORTED_SIGNATURE_ALGORITHM',
    `The key of ${subjectText} is neither RSA nor P-256, P-384 or Ed25519`,
  )
}

function lacksUsage(certificate: Certificate, bit: number): boolean {
  return certificate.keyUsage !== undefined && (certificate.keyUsage & bit) === 0
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
