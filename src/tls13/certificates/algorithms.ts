import type { SignatureSchemeName } from '../crypto/provider.ts'
import { checkInteger, contextConstructed, DerReader, decodeBitString, Tag } from '../der.ts'
import { Oid } from '../oids.ts'

/**
 * What kind of key a certificate holds. P-521 is one of authorities only: TLS here does not offer it.
 * `other` is one that nothing here can verify with.
 */
export type KeyKind = 'rsa' | 'ec-p256' | 'ec-p384' | 'ec-p521' | 'ed25519' | 'other'

const SIGNATURES: Readonly<Record<string, SignatureSchemeName>> = {
  '1.2.840.113549.1.1.11': 'rsa_pkcs1_sha256',
  '1.2.840.113549.1.1.12': 'rsa_pkcs1_sha384',
  '1.2.840.113549.1.1.13': 'rsa_pkcs1_sha512',
  '1.2.840.10045.4.3.2': 'ecdsa_sha256',
  '1.2.840.10045.4.3.3': 'ecdsa_sha384',
  '1.2.840.10045.4.3.4': 'ecdsa_sha512',
  [Oid.ed25519]: 'ed25519',
}
const MGF1 = '1.2.840.113549.1.1.8'
const PSS_HASHES: Readonly<Record<string, { scheme: SignatureSchemeName; length: number }>> = {
  '2.16.840.1.101.3.4.2.1': { scheme: 'rsa_pss_rsae_sha256', length: 32 },
  '2.16.840.1.101.3.4.2.2': { scheme: 'rsa_pss_rsae_sha384', length: 48 },
  '2.16.840.1.101.3.4.2.3': { scheme: 'rsa_pss_rsae_sha512', length: 64 },
}

/** For messages only. */
const WEAK_SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2 with RSA',
  '1.2.840.113549.1.1.4': 'MD5 with RSA',
  '1.2.840.113549.1.1.5': 'SHA-1 with RSA',
  '1.2.840.10040.4.3': 'SHA-1 with DSA',
  '1.2.840.10045.4.1': 'SHA-1 with ECDSA',
}

const CURVES: Readonly<Record<string, { kind: KeyKind; bits: number }>> = {
  [Oid.p256]: { kind: 'ec-p256', bits: 256 },
  [Oid.p384]: { kind: 'ec-p384', bits: 384 },
  [Oid.p521]: { kind: 'ec-p521', bits: 521 },
}

export interface SignatureAlgorithm {
  /** Undefined if nothing here can, or may, verify it. */
  readonly scheme: SignatureSchemeName | undefined
  readonly weak: boolean
  /** A name for people, or the object identifier. */
  readonly text: string
}

/** Reads an AlgorithmIdentifier of a signature. Throws `DerError`. */
export function readSignatureAlgorithm(identifier: DerReader): SignatureAlgorithm {
  const id = identifier.readOid()
  if (id === Oid.rsaPss) {
    const scheme = readPssScheme(identifier.enter(Tag.sequence))
    return { scheme, weak: scheme === undefined, text: scheme ?? 'RSA-PSS with SHA-1' }
  }
  const weak = WEAK_SIGNATURES[id]
  return { scheme: SIGNATURES[id], weak: weak !== undefined, text: weak ?? SIGNATURES[id] ?? id }
}

/** RFC 4055 §3.1, in the form that TLS 1.3 has: one hash for all, a salt of its length. */
function readPssScheme(parameters: DerReader): SignatureSchemeName | undefined {
  const hash = parameters.readOptional(contextConstructed(0))
  const mask = parameters.readOptional(contextConstructed(1))
  const salt = parameters.readOptional(contextConstructed(2))
  // What is absent means SHA-1, or a salt of 20 bytes.
  if (hash === undefined || mask === undefined || salt === undefined) return undefined
  const hashId = new DerReader(hash).enter(Tag.sequence).readOid()
  const maskFields = new DerReader(mask).enter(Tag.sequence)
  const maskId = maskFields.readOid()
  const maskHashId = maskFields.enter(Tag.sequence).readOid()
  const known = PSS_HASHES[hashId]
  if (known === undefined || maskId !== MGF1 || maskHashId !== hashId) return undefined
  return new DerReader(salt).readSmallInteger() === known.length ? known.scheme : undefined
}

/** Reads the contents of a SubjectPublicKeyInfo. Throws `DerError`. */
export function readKeyKind(fields: DerReader): { kind: KeyKind; bits: number } {
  const algorithm = fields.enter(Tag.sequence)
  const id = algorithm.readOid()
  const key = decodeBitString(fields.read(Tag.bitString))
  fields.finish()
  if (id === Oid.rsa) return { kind: 'rsa', bits: readModulusBits(key) }
  if (id === Oid.ed25519) return { kind: 'ed25519', bits: 256 }
  if (id === Oid.ec && algorithm.nextTag === Tag.oid) {
    const curve = CURVES[algorithm.readOid()]
    if (curve !== undefined) return curve
  }
  return { kind: 'other', bits: key.length * 8 }
}

function readModulusBits(key: Uint8Array): number {
  const fields = new DerReader(key).enter(Tag.sequence)
  const modulus = fields.read(Tag.integer)
  checkInteger(modulus)
  const at = modulus[0] === 0 ? 1 : 0
  const bytes = modulus.length - at
  return bytes === 0 ? 0 : bytes * 8 - Math.clz32(modulus[at]!) + 24
}
