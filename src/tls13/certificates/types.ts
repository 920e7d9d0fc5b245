import type { PrivateKey } from '../crypto/provider.ts'
import type { Certificate } from './certificate.ts'

/** What an endpoint proves itself with. */
export interface Identity {
  /** Certificates in DER, the endpoint's own first. */
  readonly chain: readonly Uint8Array[]
  /** The private key of the first certificate. */
  readonly key: PrivateKey
}

/**
 * Judges the certificates of a peer, in the order in which it sent them: returns if it trusts them,
 * throws a `TlsAlertError` (as a rule a `CertificateError`) if not.
 */
export type PeerVerifier = (chain: readonly Certificate[]) => void
