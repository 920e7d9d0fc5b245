/** Keys for the tests of signatures, and RSA by arithmetic alone: independent of both providers. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generatePrimeSync,
  type KeyObject,
  privateEncrypt,
} from 'node:crypto'
import { fromHex } from '../../../src/bytes/index.ts'
import type { PrivateKey, SignatureSchemeName } from '../../../src/tls13/index.ts'
import { readFixture } from '../support.ts'

/** The schemes that a key of ours signs with, and the kind of key. */
export const SIGNED_SCHEMES: readonly (readonly [SignatureSchemeName, PrivateKey['kind']])[] = [
  ['rsa_pss_rsae_sha256', 'rsa'],
  ['rsa_pss_rsae_sha384', 'rsa'],
  ['rsa_pss_rsae_sha512', 'rsa'],
  ['rsa_pkcs1_sha256', 'rsa'],
  ['rsa_pkcs1_sha384', 'rsa'],
  ['rsa_pkcs1_sha512', 'rsa'],
  ['ecdsa_secp256r1_sha256', 'ec-p256'],
  ['ecdsa_secp384r1_sha384', 'ec-p384'],
  ['ed25519', 'ed25519'],
  ['ecdsa_sha256', 'ec-p256'],
  ['ecdsa_sha384', 'ec-p256'],
  ['ecdsa_sha512', 'ec-p256'],
  ['ecdsa_sha256', 'ec-p384'],
  ['ecdsa_sha384', 'ec-p384'],
  ['ecdsa_sha512', 'ec-p384'],
]

export const DATA = Uint8Array.of(1, 2, 3, 4)

export function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }))
}

export function privateFixture(kind: PrivateKey['kind']): KeyObject {
  return createPrivateKey(readFixture(`${kind}.key.pem`))
}

/** The public half of the fixture in DER. */
export function spkiFixture(kind: PrivateKey['kind']): Uint8Array {
  return spkiOf(createPublicKey(privateFixture(kind)))
}

export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

export function toBytes(value: bigint, length: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * length, '0'))
}

export function toBase64url(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return ((x % modulus) + modulus) % modulus
}

/** The numbers of the RSA fixture by their names in RFC 7518 §6.3. */
export function rsaNumber(name: 'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi'): bigint {
  const jwk = privateFixture('rsa').export({ format: 'jwk' })
  return toBigInt(Buffer.from(jwk[name]!, 'base64url'))
}

/** The fixture's numbers by their names in RFC 8017 §3.2. */
export const FIXTURE_NUMBERS = {
  n: rsaNumber('n'),
  e: rsaNumber('e'),
  p: rsaNumber('p'),
  q: rsaNumber('q'),
  dP: rsaNumber('dp'),
  dQ: rsaNumber('dq'),
  qInv: rsaNumber('qi'),
}

/** A new key of this size. */
export function makeRsaNumbers(bits: number): typeof FIXTURE_NUMBERS {
  const e = 65537n
  for (;;) {
    const p = generatePrimeSync(Math.ceil(bits / 2), { bigint: true })
    const q = generatePrimeSync(Math.floor(bits / 2), { bigint: true })
    const n = p * q
    if (n >> BigInt(bits - 1) !== 1n || (p - 1n) % e === 0n || (q - 1n) % e === 0n) continue
    return { n, e, p, q, dP: inverse(e, p - 1n), dQ: inverse(e, q - 1n), qInv: inverse(q, p) }
  }
}

export function rsaPublicKey(n: bigint, e: bigint): KeyObject {
  const key = { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) }
  return createPublicKey({ key, format: 'jwk' })
}

/** What RSASP1 makes of an encoded message under a key: the signature, whatever it says. */
export function signEncoded(encoded: Uint8Array, key: KeyObject = privateFixture('rsa')) {
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded))
}
