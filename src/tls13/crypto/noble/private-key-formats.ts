import { context, contextConstructed, DerError, DerReader, Tag } from '../../der.ts'
import { Oid } from '../../oids.ts'
import { readInteger } from '../integers.ts'
import { UnsupportedKeyError } from '../private-key-input.ts'
import { readNull } from '../public-key.ts'
import { CURVES } from './curves.ts'
import { checkRsaPrivateKey, type RsaPrivateKey } from './rsa-key.ts'

type EcKind = 'ec-p256' | 'ec-p384'

export type SecretKey =
  | { readonly kind: 'rsa'; readonly rsa: RsaPrivateKey }
  | { readonly kind: EcKind; readonly scalar: Uint8Array }
  | { readonly kind: 'ed25519'; readonly seed: Uint8Array }

const ED25519_SEED_LENGTH = 32

const EC_KINDS: ReadonlyMap<string, EcKind> = new Map([
  [Oid.p256, 'ec-p256'],
  [Oid.p384, 'ec-p384'],
])

/** Names for messages, as OpenSSL has them. */
const OTHER_CURVES: ReadonlyMap<string, string> = new Map([[Oid.p521, 'secp521r1']])
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  [Oid.rsaPss, 'rsa-pss'],
  [Oid.x25519, 'x25519'],
])

/**
 * Reads PKCS#8 (RFC 5958), SEC 1 (RFC 5915) or PKCS#1 (RFC 8017 §A.1.2) in DER, told apart by what
 * follows the version. Throws {@link UnsupportedKeyError} for a key of another kind, and other errors
 * for what is no key.
 */
export function readSecretKey(der: Uint8Array): SecretKey {
  const fields = enterAll(der)
  const version = fields.readSmallInteger()
  switch (fields.nextTag) {
    case Tag.sequence:
      return readPkcs8(version, fields)
    case Tag.octetString:
      return readEc(version, fields, undefined)
    default:
      return readRsa(version, fields)
  }
}

function enterAll(der: Uint8Array): DerReader {
  const outer = new DerReader(der)
  const fields = outer.enter(Tag.sequence)
  outer.finish()
  return fields
}

function readPkcs8(version: number, fields: DerReader): SecretKey {
  if (version > 1) throw new DerError(`a PKCS#8 key of version ${version}`)
  const algorithm = fields.enter(Tag.sequence)
  const key = fields.read(Tag.octetString)
  // Attributes, and the public key, say nothing that we need.
  fields.readOptional(contextConstructed(0))
  fields.readOptional(context(1))
  fields.finish()
  const id = algorithm.readOid()
  switch (id) {
    case Oid.rsa: {
      readNull(algorithm)
      const inner = enterAll(key)
      return readRsa(inner.readSmallInteger(), inner)
    }
    case Oid.ec: {
      const kind = readCurve(algorithm)
      const inner = enterAll(key)
      return readEc(inner.readSmallInteger(), inner, kind)
    }
    case Oid.ed25519: {
      algorithm.finish()
      const reader = new DerReader(key)
      const seed = reader.read(Tag.octetString)
      reader.finish()
      if (seed.length !== ED25519_SEED_LENGTH)
        throw new DerError('an Ed25519 key of another length')
      return { kind: 'ed25519', seed: seed.slice() }
    }
    default:
      throw new UnsupportedKeyError(OTHER_KEYS.get(id) ?? id)
  }
}

function readCurve(parameters: DerReader): EcKind {
  const id = parameters.readOid()
  parameters.finish()
  const kind = EC_KINDS.get(id)
  if (kind === undefined) throw new UnsupportedKeyError('ec', OTHER_CURVES.get(id) ?? id)
  return kind
}

function readEc(version: number, fields: DerReader, outerKind: EcKind | undefined): SecretKey {
  if (version !== 1) throw new DerError(`a SEC 1 key of version ${version}`)
  const digits = fields.read(Tag.octetString)
  const parameters = fields.readOptional(contextConstructed(0))
  fields.readOptional(contextConstructed(1))
  fields.finish()
  const innerKind = parameters === undefined ? undefined : readCurve(new DerReader(parameters))
  const kind = outerKind ?? innerKind
  if (kind === undefined) throw new DerError('an EC key without a curve')
  if (innerKind !== undefined && innerKind !== kind) throw new DerError('an EC key with two curves')
  const { scalarLength, ecdsa } = CURVES[kind]
  // RFC 5915 §3 wants all bytes, but there are writers that leave zeros at the front out.
  if (digits.length > scalarLength) throw new DerError('an EC key is too long')
  const scalar = new Uint8Array(scalarLength)
  scalar.set(digits, scalarLength - digits.length)
  if (!ecdsa.utils.isValidSecretKey(scalar)) throw new DerError('an EC key is out of range')
  return { kind, scalar }
}

function readRsa(version: number, fields: DerReader): SecretKey {
  if (version !== 0) throw new DerError(`an RSA key of version ${version}`)
  const n = readInteger(fields)
  const e = readInteger(fields)
  // The private exponent: the two halves below do its work.
  readInteger(fields)
  const p = readInteger(fields)
  const q = readInteger(fields)
  const dP = readInteger(fields)
  const dQ = readInteger(fields)
  const qInv = readInteger(fields)
  fields.finish()
  return { kind: 'rsa', rsa: checkRsaPrivateKey({ n, e, p, q, dP, dQ, qInv }) }
}
