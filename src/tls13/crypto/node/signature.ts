import { constants, type KeyObject, sign, verify as verifyWithNode } from 'node:crypto'
import type { SignatureSchemeName } from '../provider.ts'
import type { PublicKey } from '../public-key.ts'
import {
  type KeyKind,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../signature-algorithms.ts'
import { ImportedKeys } from './imported-keys.ts'

const PADDINGS = {
  pss: constants.RSA_PKCS1_PSS_PADDING,
  pkcs1: constants.RSA_PKCS1_PADDING,
} as const

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

/** The key and the options of Node's sign and verify. */
function keyInput(key: KeyObject, algorithm: SignatureAlgorithm) {
  if (algorithm.kind !== 'rsa') return key
  if (algorithm.padding === 'pkcs1') return { key, padding: PADDINGS.pkcs1 }
  return { key, padding: PADDINGS.pss, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

/** Null for Ed25519, which hashes by itself. */
function hashOf(algorithm: SignatureAlgorithm): string | null {
  return algorithm.kind === 'ed25519' ? null : algorithm.hash
}

function fits(kind: PublicKey['kind'], algorithm: SignatureAlgorithm): boolean {
  return algorithm.kind === kind || (algorithm.kind === 'ec' && kind.startsWith('ec-'))
}

export function signWith(
  key: KeyObject,
  kind: KeyKind,
  scheme: SignatureSchemeName,
  data: Uint8Array,
): Uint8Array {
  const algorithm = SIGNATURE_ALGORITHMS[scheme]
  if (!fits(kind, algorithm)) throw new TypeError(`a key of kind ${kind} cannot sign ${scheme}`)
  // A `Buffer`'s `slice` shares memory, where the core means a copy: it sees plain arrays only.
  return new Uint8Array(sign(hashOf(algorithm), data, keyInput(key, algorithm)))
}

/** Of all connections: servers and authorities are met again. */
const importedKeys = new ImportedKeys()

/** See `CryptoProvider.verify`. */
export function verify(
  scheme: SignatureSchemeName,
  publicKeySpki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = SIGNATURE_ALGORITHMS[scheme]
  try {
    const { kind, key, rsaSignatureLength } = importedKeys.get(publicKeySpki)
    if (!fits(kind, algorithm)) return false
    // RFC 8017 §8.1.2: OpenSSL takes an RSA-PSS signature without its leading zeros too.
    if (rsaSignatureLength !== undefined && signature.length !== rsaSignatureLength) return false
    return verifyWithNode(hashOf(algorithm), data, keyInput(key, algorithm), signature)
  } catch {
    return false
  }
}
