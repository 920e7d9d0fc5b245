import {
  constants,
  createPublicKey,
  type KeyObject,
  sign,
  verify as verifyWithNode,
} from 'node:crypto'
import { MAX_IMPORTED_KEYS, MAX_RSA_BITS, MAX_RSA_EXPONENT } from '../../limits.ts'
import type { PrivateKey, SignatureSchemeName } from '../provider.ts'

export type KeyKind = PrivateKey['kind']

interface Algorithm {
  /** `ec`: any curve that certificates of authorities have. */
  readonly kind: KeyKind | 'ec'
  /** Null for Ed25519, which hashes by itself. */
  readonly hash: string | null
  readonly padding?: number
}

const PSS = constants.RSA_PKCS1_PSS_PADDING
const PKCS1 = constants.RSA_PKCS1_PADDING

const ALGORITHMS: Readonly<Record<SignatureSchemeName, Algorithm>> = {
  rsa_pss_rsae_sha256: { kind: 'rsa', hash: 'sha256', padding: PSS },
  rsa_pss_rsae_sha384: { kind: 'rsa', hash: 'sha384', padding: PSS },
  rsa_pss_rsae_sha512: { kind: 'rsa', hash: 'sha512', padding: PSS },
  ecdsa_secp256r1_sha256: { kind: 'ec-p256', hash: 'sha256' },
  ecdsa_secp384r1_sha384: { kind: 'ec-p384', hash: 'sha384' },
  ed25519: { kind: 'ed25519', hash: null },
  rsa_pkcs1_sha256: { kind: 'rsa', hash: 'sha256', padding: PKCS1 },
  rsa_pkcs1_sha384: { kind: 'rsa', hash: 'sha384', padding: PKCS1 },
  rsa_pkcs1_sha512: { kind: 'rsa', hash: 'sha512', padding: PKCS1 },
  ecdsa_sha256: { kind: 'ec', hash: 'sha256' },
  ecdsa_sha384: { kind: 'ec', hash: 'sha384' },
  ecdsa_sha512: { kind: 'ec', hash: 'sha512' },
}

const CERTIFICATE_CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

export function kindOfKey(key: KeyObject): KeyKind | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'rsa'
    case 'ed25519':
      return 'ed25519'
    case 'ec':
      switch (key.asymmetricKeyDetails?.namedCurve) {
        case 'prime256v1':
          return 'ec-p256'
        case 'secp384r1':
          return 'ec-p384'
      }
  }
  return undefined
}

/** The options of Node's sign and verify: RFC 8446 §4.2.3 wants a PSS salt as long as the hash. */
function keyInput(key: KeyObject, algorithm: Algorithm) {
  if (algorithm.padding === undefined) return key
  if (algorithm.padding === PKCS1) return { key, padding: PKCS1 }
  return { key, padding: PSS, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

function fits(key: KeyObject, algorithm: Algorithm): boolean {
  if (algorithm.kind !== 'ec') return kindOfKey(key) === algorithm.kind
  return CERTIFICATE_CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '')
}

export function signWith(
  key: KeyObject,
  kind: KeyKind,
  scheme: SignatureSchemeName,
  data: Uint8Array,
): Uint8Array {
  const algorithm = ALGORITHMS[scheme]
  if (!fits(key, algorithm)) throw new TypeError(`a key of kind ${kind} cannot sign ${scheme}`)
  return sign(algorithm.hash, data, keyInput(key, algorithm))
}

/** By the bytes of the key, the longest unused first: OpenSSL takes up to 300 us to import one. */
const importedKeys = new Map<string, KeyObject>()

function importPublicKey(spki: Uint8Array): KeyObject {
  const der = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
  const text = der.toString('latin1')
  const known = importedKeys.get(text)
  const key = known ?? createPublicKey({ key: der, format: 'der', type: 'spki' })
  if (!isAffordable(key)) return key
  if (known !== undefined) importedKeys.delete(text)
  else if (importedKeys.size >= MAX_IMPORTED_KEYS) {
    for (const oldest of importedKeys.keys()) {
      importedKeys.delete(oldest)
      break
    }
  }
  importedKeys.set(text, key)
  return key
}

/** See `CryptoProvider.verify`. */
export function verify(
  scheme: SignatureSchemeName,
  publicKeySpki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = ALGORITHMS[scheme]
  try {
    const key = importPublicKey(publicKeySpki)
    if (!fits(key, algorithm) || !isAffordable(key)) return false
    return verifyWithNode(algorithm.hash, data, keyInput(key, algorithm), signature)
  } catch {
    return false
  }
}

/** The peer chooses the key, and so what verifying costs us. */
function isAffordable(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  return modulusLength <= MAX_RSA_BITS && publicExponent <= MAX_RSA_EXPONENT
}
