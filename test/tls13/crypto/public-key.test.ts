import { generateKeyPairSync } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../../src/bytes/index.ts'
import { checkRsaPublicKey, readPublicKey } from '../../../src/tls13/crypto/public-key.ts'
import { DerError } from '../../../src/tls13/der.ts'
import { MAX_RSA_BITS, MAX_RSA_EXPONENT } from '../../../src/tls13/limits.ts'
import { der } from '../../support/certificates.ts'
import { rsaNumber, rsaPublicKey, spkiFixture, spkiOf } from './keys.ts'

const test = suite('readPublicKey')

const refuses = (spki: Uint8Array, why: RegExp) =>
  assert.throws(
    () => readPublicKey(spki),
    (error: unknown) => error instanceof DerError && why.test(error.message),
    String(why),
  )

const RSA_OID = fromHex('06092a864886f70d010101')
const P256_OIDS = fromHex('06072a8648ce3d020106082a8648ce3d030107')
const spkiWith = (algorithm: Uint8Array, key: Uint8Array): Uint8Array =>
  der(0x30, der(0x30, algorithm), der(3, Uint8Array.of(0), key))

test('the keys of the fixtures', () => {
  const rsa = readPublicKey(spkiFixture('rsa'))
  assert.ok(rsa.kind === 'rsa')
  assert.is(rsa.rsa.n, rsaNumber('n'))
  assert.is(rsa.rsa.e, 65537n)
  assert.is(rsa.rsa.bits, 2048)
  for (const [kind, length] of [
    ['ec-p256', 65],
    ['ec-p384', 97],
    ['ed25519', 32],
  ] as const) {
    const key = readPublicKey(spkiFixture(kind))
    assert.is(key.kind, kind)
    assert.is(key.kind !== 'rsa' && key.point.length, length)
  }
  const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey
  assert.is(readPublicKey(spkiOf(p521)).kind, 'ec-p521')
})

test('the NULL of an RSA key may be left out, but is empty and alone', () => {
  const whole = spkiFixture('rsa')
  const key = whole.subarray(whole.length - 270)
  assert.is(key[0], 0x30)
  assert.is(readPublicKey(spkiWith(RSA_OID, key)).kind, 'rsa')
  refuses(spkiWith(Uint8Array.from([...RSA_OID, 5, 1, 0]), key), /NULL/)
  refuses(spkiWith(Uint8Array.from([...RSA_OID, 5, 0, 5, 0]), key), /left over/)
  refuses(spkiWith(Uint8Array.from([...RSA_OID, 4, 0]), key), /left over/)
})

test('a point has the length of its form', () => {
  const point = (length: number, first: number) => {
    const bytes = new Uint8Array(length).fill(1)
    bytes[0] = first
    return bytes
  }
  for (const [length, first] of [
    [65, 4],
    [33, 2],
    [33, 3],
  ] as const)
    assert.is(readPublicKey(spkiWith(P256_OIDS, point(length, first))).kind, 'ec-p256')
  const wrong = [
    [1, 0],
    [65, 0],
    [65, 6],
    [65, 7],
    [64, 4],
    [66, 4],
    [97, 4],
    [33, 4],
    [65, 2],
    [32, 3],
  ]
  for (const [length, first] of wrong)
    refuses(spkiWith(P256_OIDS, point(length!, first!)), /no point/)
  refuses(spkiWith(P256_OIDS, new Uint8Array(0)), /no point/)
})

test('keys of other kinds, and curves of other kinds, are refused', () => {
  const x25519 = generateKeyPairSync('x25519').publicKey
  refuses(spkiOf(x25519), /unknown kind/)
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey
  refuses(spkiOf(secp256k1), /unknown curve/)
  const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })
  refuses(spkiOf(explicit.publicKey), /tag/)
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey
  refuses(spkiOf(pss), /unknown kind/)
})

test('bytes before the key, after it and in it are refused', () => {
  const spki = spkiFixture('ec-p256')
  refuses(Uint8Array.of(...spki, 0), /left over/)
  refuses(der(0x30, spki.subarray(2), Uint8Array.of(5, 0)), /left over/)
  const unusedBits = spki.slice()
  unusedBits[spki.length - 66] = 1
  refuses(unusedBits, /whole byte/)
  refuses(spkiOf(rsaPublicKey(rsaNumber('n'), 65537n)).subarray(0, 100), /cut short/)
})

test('the numbers of an RSA key have bounds', () => {
  const n = rsaNumber('n')
  const refusesNumbers = (modulus: bigint, e: bigint, why: RegExp) =>
    assert.throws(() => checkRsaPublicKey(modulus, e), why)
  assert.is(checkRsaPublicKey(n, 3n).bits, 2048)
  assert.is(checkRsaPublicKey(n, MAX_RSA_EXPONENT).bits, 2048)
  refusesNumbers(n, MAX_RSA_EXPONENT + 2n, /exponent/)
  for (const e of [0n, 1n, 2n, 65536n]) refusesNumbers(n, e, /exponent/)
  refusesNumbers(n + 1n, 3n, /even/)
  const largest = (1n << BigInt(MAX_RSA_BITS)) - 1n
  assert.is(checkRsaPublicKey(largest, 3n).bits, MAX_RSA_BITS)
  refusesNumbers(largest + 2n, 3n, /8193 bits/)
})

test.run()
