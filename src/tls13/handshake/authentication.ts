import { equalSecrets } from '../../bytes/index.ts'
import { Alert, illegalParameter } from '../alert.ts'
import {
  Certificate,
  CertificateAlert,
  CertificateError,
  type Identity,
} from '../certificates/index.ts'
import type { CryptoProvider, SignatureSchemeName } from '../crypto/provider.ts'
import type { KeySchedule } from '../key-schedule/key-schedule.ts'
import { MAX_CERTIFICATES } from '../limits.ts'
import { decodeCertificate, encodeCertificate } from '../messages/certificate.ts'
import {
  decodeCertificateVerify,
  encodeCertificateVerify,
  signedContent,
} from '../messages/certificate-verify.ts'
import { decodeFinished, encodeFinished } from '../messages/finished.ts'
import { TlsAlertError } from '../session.ts'
import { handshakeScheme, schemeCodePoint } from '../signature-schemes.ts'

/**
 * The three messages with which either side proves itself (RFC 9846 §4.5). What is written is added
 * to the transcript here; what was received is added after it was checked.
 */

export type Role = 'client' | 'server'

/** Certificate and CertificateVerify. */
export function proveIdentity(
  schedule: KeySchedule,
  role: Role,
  identity: Identity,
  scheme: SignatureSchemeName,
): readonly Uint8Array[] {
  const { transcript } = schedule
  const certificate = encodeCertificate(identity.chain)
  transcript.add(certificate)
  const content = signedContent(role, transcript.digest())
  const verify = encodeCertificateVerify(
    schemeCodePoint(scheme),
    identity.key.sign(scheme, content),
  )
  transcript.add(verify)
  return [certificate, verify]
}

export function writeFinished(schedule: KeySchedule, trafficSecret: Uint8Array): Uint8Array {
  const finished = encodeFinished(schedule.finishedVerifyData(trafficSecret))
  schedule.transcript.add(finished)
  return finished
}

/** The chain of a Certificate message, parsed but not judged. Empty if the peer has none. */
export function readChain(body: Uint8Array): readonly Certificate[] {
  const { context, chain } = decodeCertificate(body)
  // RFC 9846 §4.5.1: in the handshake there is none to repeat.
  if (context.length > 0) throw illegalParameter('Certificate has a request context')
  if (chain.length > MAX_CERTIFICATES)
    throw new CertificateError(
      CertificateAlert.badCertificate,
      'CERT_CHAIN_TOO_LONG',
      `${chain.length} certificates were sent, more than ${MAX_CERTIFICATES}`,
    )
  return chain.map((der) => Certificate.parse(der))
}

/** Checks that the peer has the key of its certificate. */
export function checkCertificateVerify(
  crypto: CryptoProvider,
  schedule: KeySchedule,
  signer: Role,
  certificate: Certificate,
  body: Uint8Array,
): void {
  const { scheme: codePoint, signature } = decodeCertificateVerify(body)
  const scheme = handshakeScheme(codePoint)
  if (scheme === undefined)
    throw illegalParameter(`signature scheme 0x${codePoint.toString(16)} was not offered`)
  const content = signedContent(signer, schedule.transcript.digest())
  if (!crypto.verify(scheme, certificate.spki, content, signature))
    throw new TlsAlertError(
      Alert.decryptError,
      `the CertificateVerify of the ${signer} is not by the key of its certificate`,
    )
}

export function checkFinished(
  schedule: KeySchedule,
  trafficSecret: Uint8Array,
  body: Uint8Array,
): void {
  const expected = schedule.finishedVerifyData(trafficSecret)
  if (!equalSecrets(decodeFinished(body, expected.length), expected))
    throw new TlsAlertError(Alert.decryptError, 'Finished does not verify')
}
