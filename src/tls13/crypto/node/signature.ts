import {
  constants,
  createPublicKey,
  type KeyObject,
  sign,
  verify as verifyWithNode,
} from 'node:crypto'
import { MAX_IMPORTED_KEYS } from '../../limits.ts'
import type { SignatureSchemeName } from '../provider.ts'
import { type PublicKey, readPublicKey } from '../public-key.ts'
import {
  type KeyKind,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../signature-algorithms.ts'

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

interface ImportedKey {
  readonly kind: PublicKey['kind']
  readonly key: KeyObject
}

/** By the bytes of the key, the longest unused first: OpenSSL takes up to 300 us to import one. */
const importedKeys = new Map<string, ImportedKey>()

function importPublicKey(spki: Uint8Array): ImportedKey {
  const der = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
  const text = der.toString('latin1')
  let imported = importedKeys.get(text)
  if (imported !== undefined) importedKeys.delete(text)
  else {
    const { kind } = readPublicKey(spki)
    imported = { kind, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
    if (importedKeys.size >= MAX_IMPORTED_KEYS) {
      for (const oldest of importedKeys.keys()) {
        importedKeys.delete(oldest)
        break
      }
    }
  }
  importedKeys.set(text, imported)
  return imported
}

/** See `CryptoProvider.verify`. */
export function verify(
  scheme: SignatureSchemeName,
  publicKeySpki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = SIGNATURE_ALGORITHMS[scheme]
  try {
    const { kind, key } = importPublicKey(publicKeySpki)
    if (!fits(kind, algorithm)) return false
    return verifyWithNode(hashOf(algorithm), data, keyInput(key, algorithm), signature)
  } catch {
    return false
  }
}
