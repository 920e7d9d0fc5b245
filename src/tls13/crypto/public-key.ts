import { DerError, DerReader, decodeBitString, Tag } from '../der.ts'
import { MAX_RSA_BITS, MAX_RSA_EXPONENT, MIN_RSA_EXPONENT } from '../limits.ts'
import { Oid } from '../oids.ts'
import { bitLength, readInteger } from './integers.ts'

export type CurveKind = 'ec-p256' | 'ec-p384' | 'ec-p521'

export interface RsaPublicKey {
  readonly n: bigint
  readonly e: bigint
  /** Of the modulus. */
  readonly bits: number
}

export type PublicKey =
  | { readonly kind: 'rsa'; readonly rsa: RsaPublicKey }
  /** The point is compressed or not, and of the right length; it may be off the curve. */
  | { readonly kind: CurveKind; readonly point: Uint8Array }
  | { readonly kind: 'ed25519'; readonly point: Uint8Array }

const CURVES: ReadonlyMap<string, { kind: CurveKind; coordinateLength: number }> = new Map([
  [Oid.p256, { kind: 'ec-p256', coordinateLength: 32 }],
  [Oid.p384, { kind: 'ec-p384', coordinateLength: 48 }],
  [Oid.p521, { kind: 'ec-p521', coordinateLength: 66 }],
])
const ED25519_LENGTH = 32

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). All providers do so before anything else: the peer
 * chooses the key, and a library may have worse answers to a strange one than an error (Node 20 aborts
 * when it is asked for the details of an EC key that is the point at infinity). Throws `DerError` on
 * what is malformed, too costly, or no key to verify with.
 */
export function readPublicKey(spki: Uint8Array): PublicKey {
  const outer = new DerReader(spki)
  const fields = outer.enter(Tag.sequence)
  outer.finish()
  const algorithm = fields.enter(Tag.sequence)
  const key = decodeBitString(fields.read(Tag.bitString))
  fields.finish()
  const id = algorithm.readOid()
  switch (id) {
    case Oid.rsa:
      readNull(algorithm)
      return { kind: 'rsa', rsa: readRsa(key) }
    case Oid.ec:
      return readEc(algorithm, key)
    case Oid.ed25519:
      algorithm.finish()
      if (key.length !== ED25519_LENGTH) throw new DerError('an Ed25519 key of another length')
      return { kind: 'ed25519', point: key }
    default:
      throw new DerError(`a key of an unknown kind (${id})`)
  }
}

/** RFC 3279 §2.3.1: the parameters of an RSA key are NULL; some leave them out. */
export function readNull(algorithm: DerReader): void {
  const content = algorithm.readOptional(Tag.null)
  algorithm.finish()
  if (content !== undefined && content.length > 0) throw new DerError('a NULL is not empty')
}

function readEc(algorithm: DerReader, point: Uint8Array): PublicKey {
  const id = algorithm.readOid()
  algorithm.finish()
  const curve = CURVES.get(id)
  if (curve === undefined) throw new DerError(`a key of an unknown curve (${id})`)
  const { kind, coordinateLength } = curve
  const isUncompressed = point[0] === 4 && point.length === 1 + 2 * coordinateLength
  const isCompressed = (point[0] === 2 || point[0] === 3) && point.length === 1 + coordinateLength
  if (!isUncompressed && !isCompressed) throw new DerError('an EC key is no point')
  return { kind, point }
}

function readRsa(key: Uint8Array): RsaPublicKey {
  const outer = new DerReader(key)
  const fields = outer.enter(Tag.sequence)
  outer.finish()
  const n = readInteger(fields)
  const e = readInteger(fields)
  fields.finish()
  return checkRsaPublicKey(n, e)
}

/** Throws `DerError` for numbers that no key of use has. */
export function checkRsaPublicKey(n: bigint, e: bigint): RsaPublicKey {
  const bits = bitLength(n)
  if (bits > MAX_RSA_BITS)
    throw new DerError(`an RSA modulus of ${bits} bits, more than ${MAX_RSA_BITS}`)
  if (isEven(n)) throw new DerError('an RSA modulus is even')
  if (isEven(e) || e < MIN_RSA_EXPONENT || e > MAX_RSA_EXPONENT)
    throw new DerError(`an RSA exponent is even, below ${MIN_RSA_EXPONENT} or too large`)
  return { n, e, bits }
}

function isEven(value: bigint): boolean {
  return (value & 1n) === 0n
}
