/**
 * What the protocol needs of cryptography, and nothing else. Two providers carry it out:
 * `nodeCrypto` (node:crypto) and `nobleCrypto` (@noble/*). All calls are synchronous: the core has
 * no event loop to wait on.
 */

export type AeadName = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
export type HashName = 'sha256' | 'sha384'
export type GroupName = 'x25519' | 'secp256r1' | 'secp384r1'

/** TLS SignatureScheme values (RFC 9846 §4.3.3) that both sides sign with and verify. */
export type SignatureSchemeName =
  | 'rsa_pss_rsae_sha256'
  | 'rsa_pss_rsae_sha384'
  | 'rsa_pss_rsae_sha512'
  | 'ecdsa_secp256r1_sha256'
  | 'ecdsa_secp384r1_sha384'
  | 'ed25519'
  /** In certificates only (RFC 9846 §4.5.1.2), never in CertificateVerify. */
  | 'rsa_pkcs1_sha256'
  | 'rsa_pkcs1_sha384'
  | 'rsa_pkcs1_sha512'
  /** In certificates only: X.509 lets any curve go with any hash (OpenSSL: P-384 with SHA-256). */
  | 'ecdsa_sha256'
  | 'ecdsa_sha384'
  | 'ecdsa_sha512'

/** `length` fresh random bytes: strong in production, seeded in the simulator. */
export type RandomBytes = (length: number) => Uint8Array

/** One direction of one set of packet protection keys. The tag is 16 bytes for all three AEADs. */
export interface Aead {
  /**
   * Encrypts `plaintext` and writes ciphertext and tag to `out` (at least 16 bytes longer).
   * `out` may begin at the same byte as `plaintext`: in-place is the normal case.
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void
  /** The plaintext, in memory of its own that the caller may keep; undefined when the tag is wrong. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** Header protection (RFC 9001 §5.4) under one key. */
export interface HeaderProtection {
  /** Five mask bytes for a 16-byte sample, in a buffer that the next call overwrites. */
  mask(sample: Uint8Array): Uint8Array
}

/** A running hash over the handshake messages. */
export interface RunningHash {
  update(bytes: Uint8Array): void
  /** The hash of all so far; more may be added afterwards. */
  digest(): Uint8Array
}

export interface KeyShare {
  readonly group: GroupName
  /** As it goes into the key_share extension: 32 bytes, or an uncompressed point. */
  readonly publicKey: Uint8Array
  /**
   * The shared secret with a peer's share. Throws {@link InvalidKeyShareError} on a share of the wrong
   * length, a point off the curve, or an all-zero result (RFC 9846 §7.4.2).
   */
  sharedSecret(peerPublicKey: Uint8Array): Uint8Array
}

export class InvalidKeyShareError extends Error {
  override name = 'InvalidKeyShareError'
}

/** A private key that was loaded by {@link CryptoProvider.loadPrivateKey}. */
export interface PrivateKey {
  readonly kind: 'rsa' | 'ec-p256' | 'ec-p384' | 'ed25519'
  sign(scheme: SignatureSchemeName, data: Uint8Array): Uint8Array
}

export interface CryptoProvider {
  readonly name: 'node' | 'noble'
  createAead(name: AeadName, key: Uint8Array): Aead
  createHeaderProtection(name: AeadName, key: Uint8Array): HeaderProtection
  createHash(name: HashName): RunningHash
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array
  /** The private key comes from `randomBytes`, so that a seeded simulation repeats itself. */
  generateKeyShare(group: GroupName, randomBytes: RandomBytes): KeyShare
  /** Loads PEM (PKCS#8, SEC 1 with or without an EC PARAMETERS block, PKCS#1) or PKCS#8 DER. Throws `TypeError`. */
  loadPrivateKey(key: string | Uint8Array): PrivateKey
  /** Verifies against a SubjectPublicKeyInfo in DER. False on any malformed input; never throws. */
  verify(
    scheme: SignatureSchemeName,
    publicKeySpki: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ): boolean
}
