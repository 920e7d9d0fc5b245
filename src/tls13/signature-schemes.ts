import type { PrivateKey, SignatureSchemeName } from './crypto/provider.ts'

interface Scheme {
  readonly name: SignatureSchemeName
  readonly codePoint: number
  /** The key that makes it in a CertificateVerify; undefined where only certificates may use it. */
  readonly signer: PrivateKey['kind'] | undefined
}

/** SignatureScheme code points (RFC 9846 §4.3.3), best first. */
const SCHEMES: readonly Scheme[] = [
  { name: 'ecdsa_secp256r1_sha256', codePoint: 0x0403, signer: 'ec-p256' },
  { name: 'ecdsa_secp384r1_sha384', codePoint: 0x0503, signer: 'ec-p384' },
  { name: 'ed25519', codePoint: 0x0807, signer: 'ed25519' },
  { name: 'rsa_pss_rsae_sha256', codePoint: 0x0804, signer: 'rsa' },
  { name: 'rsa_pss_rsae_sha384', codePoint: 0x0805, signer: 'rsa' },
  { name: 'rsa_pss_rsae_sha512', codePoint: 0x0806, signer: 'rsa' },
  { name: 'rsa_pkcs1_sha256', codePoint: 0x0401, signer: undefined },
  { name: 'rsa_pkcs1_sha384', codePoint: 0x0501, signer: undefined },
  { name: 'rsa_pkcs1_sha512', codePoint: 0x0601, signer: undefined },
]

/**
 * What goes into signature_algorithms. The PKCS#1 schemes stand for certificates alone there
 * (RFC 9846 §4.3.3), so that no signature_algorithms_cert is needed.
 */
export const OFFERED_SCHEMES: readonly number[] = SCHEMES.map((scheme) => scheme.codePoint)

/** The scheme to sign a CertificateVerify with, given the peer's signature_algorithms. */
export function chooseScheme(
  kind: PrivateKey['kind'],
  offered: readonly number[],
): SignatureSchemeName | undefined {
  return SCHEMES.find((scheme) => scheme.signer === kind && offered.includes(scheme.codePoint))
    ?.name
}

export function schemeCodePoint(name: SignatureSchemeName): number {
  return SCHEMES.find((scheme) => scheme.name === name)!.codePoint
}

/** Undefined for one that we have not offered, or that a CertificateVerify must not use. */
export function handshakeScheme(codePoint: number): SignatureSchemeName | undefined {
  const scheme = SCHEMES.find((candidate) => candidate.codePoint === codePoint)
  return scheme?.signer === undefined ? undefined : scheme.name
}
