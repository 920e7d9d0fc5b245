import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../../src/bytes/index.ts'
import { readSecretKey } from '../../../../src/tls13/crypto/noble/private-key-formats.ts'
import { UnsupportedKeyError } from '../../../../src/tls13/crypto/private-key-input.ts'
import { DerError } from '../../../../src/tls13/der.ts'
import { der } from '../../../support/certificates.ts'
import { privateFixture } from '../keys.ts'

const test = suite('readSecretKey')

type Format = 'pkcs8' | 'sec1' | 'pkcs1'
const exported = (key: KeyObject, type: Format): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: type as 'pkcs8' }))

const refuses = (key: Uint8Array, why: RegExp) =>
  assert.throws(
    () => readSecretKey(key),
    (error: unknown) => error instanceof DerError && why.test(error.message),
    String(why),
  )

const INTEGER = (value: number): Uint8Array => der(2, [value])
const EC = fromHex('06072a8648ce3d0201')
const P256 = fromHex('06082a8648ce3d030107')
const P384 = fromHex('06052b81040022')
const ED25519 = fromHex('06032b6570')
const N256 = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

const sec1 = (scalar: Uint8Array, ...rest: Uint8Array[]): Uint8Array =>
  der(0x30, INTEGER(1), der(4, scalar), ...rest)
const pkcs8 = (algorithm: Uint8Array[], key: Uint8Array, ...rest: Uint8Array[]): Uint8Array =>
  der(0x30, INTEGER(0), der(0x30, ...algorithm), der(4, key), ...rest)

test('the numbers of an RSA key come out alike of both formats', () => {
  const key = privateFixture('rsa')
  const inner = readSecretKey(exported(key, 'pkcs1'))
  assert.is(inner.kind, 'rsa')
  assert.equal(readSecretKey(exported(key, 'pkcs8')), inner)
})

for (const kind of ['ec-p256', 'ec-p384'] as const)
  test(`the scalar of a key of kind ${kind} comes out alike of both formats`, () => {
    const key = privateFixture(kind)
    const scalar = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url').toString('hex')
    for (const type of ['pkcs8', 'sec1'] as const) {
      const read = readSecretKey(exported(key, type))
      assert.is(read.kind, kind)
      assert.is('scalar' in read && toHex(read.scalar), scalar)
    }
  })

test('PKCS#8 may have attributes and, in version 2, the public key', () => {
  // RFC 8410 §10.3.
  const key = fromHex(
    '3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273812100' +
      '19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1',
  )
  const read = readSecretKey(key)
  assert.is(
    'seed' in read && toHex(read.seed),
    'd4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842',
  )
})

test('SEC 1 needs a curve from somewhere, and one alone', () => {
  const scalar = new Uint8Array(32).fill(1)
  const parameters = der(0xa0, P256)
  assert.is(readSecretKey(sec1(scalar, parameters)).kind, 'ec-p256')
  assert.is(readSecretKey(pkcs8([EC, P256], sec1(scalar))).kind, 'ec-p256')
  assert.is(readSecretKey(pkcs8([EC, P256], sec1(scalar, parameters))).kind, 'ec-p256')
  refuses(sec1(scalar), /without a curve/)
  refuses(pkcs8([EC, P384], sec1(scalar, parameters)), /two curves/)
  refuses(pkcs8([EC], sec1(scalar, parameters)), /at the end/)
})

test('a scalar is from 1 to the order less 1; zeros in front may be left out', () => {
  const withScalar = (scalar: Uint8Array) => sec1(scalar, der(0xa0, P256))
  const short = readSecretKey(withScalar(Uint8Array.of(7)))
  assert.is('scalar' in short && toHex(short.scalar), `${'00'.repeat(31)}07`)
  const largest = fromHex(N256)
  largest[31]! -= 1
  assert.is(readSecretKey(withScalar(largest)).kind, 'ec-p256')
  for (const scalar of [fromHex(N256), new Uint8Array(32).fill(0xff), new Uint8Array(32)])
    refuses(withScalar(scalar), /out of range/)
  refuses(withScalar(new Uint8Array(0)), /out of range/)
  refuses(withScalar(new Uint8Array(33).fill(1)), /too long/)
})

test('an Ed25519 key has 32 bytes and no parameters', () => {
  const key = (length: number) => der(4, new Uint8Array(length).fill(9))
  assert.is(readSecretKey(pkcs8([ED25519], key(32))).kind, 'ed25519')
  refuses(pkcs8([ED25519], key(31)), /length/)
  refuses(pkcs8([ED25519], key(33)), /length/)
  refuses(pkcs8([ED25519, Uint8Array.of(5, 0)], key(32)), /left over/)
  refuses(pkcs8([ED25519], Uint8Array.from([...key(32), 0])), /left over/)
})

test('versions that are not ours are refused', () => {
  const change = (key: Uint8Array, version: number) => {
    const copy = key.slice()
    copy[copy.indexOf(2, 2) + 2] = version
    return copy
  }
  refuses(change(exported(privateFixture('rsa'), 'pkcs8'), 2), /PKCS#8 key of version 2/)
  refuses(change(exported(privateFixture('ec-p256'), 'sec1'), 2), /SEC 1 key of version 2/)
  // Version 1 has more than two primes.
  refuses(change(exported(privateFixture('rsa'), 'pkcs1'), 1), /RSA key of version 1/)
})

test('bytes after a key, or of half a key, are refused', () => {
  for (const [kind, type] of [
    ['rsa', 'pkcs8'],
    ['rsa', 'pkcs1'],
    ['ec-p256', 'sec1'],
    ['ed25519', 'pkcs8'],
  ] as const) {
    const key = exported(privateFixture(kind), type)
    refuses(Uint8Array.of(...key, 0), /left over/)
    for (let length = 0; length < key.length; length++) refuses(key.subarray(0, length), /./)
  }
  refuses(pkcs8([ED25519], der(4, new Uint8Array(32)), Uint8Array.of(5, 0)), /left over/)
})

test('keys of other kinds are named', () => {
  const name = (key: KeyObject, type: Format): string => {
    try {
      readSecretKey(exported(key, type))
    } catch (error) {
      assert.instance(error, UnsupportedKeyError)
      return (error as Error).message
    }
    throw new Error('it was read')
  }
  const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
  assert.match(name(p521, 'pkcs8'), 'secp521r1')
  assert.match(name(p521, 'sec1'), 'secp521r1')
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
  assert.match(name(secp256k1, 'pkcs8'), '1.3.132.0.10')
  assert.match(name(generateKeyPairSync('x25519').privateKey, 'pkcs8'), 'x25519')
  assert.match(name(generateKeyPairSync('ed448').privateKey, 'pkcs8'), '1.3.101.113')
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
  assert.match(name(pss, 'pkcs8'), 'rsa-pss')
})

test.run()
