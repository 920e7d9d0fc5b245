import type { PrivateKey, SignatureSchemeName } from './provider.ts'

export type KeyKind = PrivateKey['kind']
export type SignatureHash = 'sha256' | 'sha384' | 'sha512'

export type RsaPadding = 'pss' | 'pkcs1'

export type SignatureAlgorithm =
  /** RFC 9846 §4.3.3 wants a PSS salt as long as the hash, and MGF1 with the same hash. */
  | { readonly kind: 'rsa'; readonly hash: SignatureHash; readonly padding: RsaPadding }
  /** `ec`: any curve that certificates of authorities have, which are P-256, P-384 and P-521. */
  | { readonly kind: 'ec-p256' | 'ec-p384' | 'ec'; readonly hash: SignatureHash }
  | { readonly kind: 'ed25519' }

export const SIGNATURE_ALGORITHMS: Readonly<Record<SignatureSchemeName, SignatureAlgorithm>> = {
  rsa_pss_rsae_sha256: { kind: 'rsa', hash: 'sha256', padding: 'pss' },
  rsa_pss_rsae_sha384: { kind: 'rsa', hash: 'sha384', padding: 'pss' },
  rsa_pss_rsae_sha512: { kind: 'rsa', hash: 'sha512', padding: 'pss' },
  ecdsa_secp256r1_sha256: { kind: 'ec-p256', hash: 'sha256' },
  ecdsa_secp384r1_sha384: { kind: 'ec-p384', hash: 'sha384' },
  ed25519: { kind: 'ed25519' },
  rsa_pkcs1_sha256: { kind: 'rsa', hash: 'sha256', padding: 'pkcs1' },
  rsa_pkcs1_sha384: { kind: 'rsa', hash: 'sha384', padding: 'pkcs1' },
  rsa_pkcs1_sha512: { kind: 'rsa', hash: 'sha512', padding: 'pkcs1' },
  ecdsa_sha256: { kind: 'ec', hash: 'sha256' },
  ecdsa_sha384: { kind: 'ec', hash: 'sha384' },
  ecdsa_sha512: { kind: 'ec', hash: 'sha512' },
}
