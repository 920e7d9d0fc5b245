import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../../src/bytes/index.ts'
import { signRsa, verifyRsa } from '../../../../src/tls13/crypto/noble/rsa.ts'
import { nodeCrypto } from '../../../../src/tls13/index.ts'
import { readFixture, seededBytes } from '../../support.ts'
import { DATA, FIXTURE_NUMBERS, inverse, makeRsaNumbers, spkiFixture } from '../keys.ts'

const test = suite('RSA by BigInt')

const KEY = { ...FIXTURE_NUMBERS, bits: 2048 }

test('a PKCS#1 v1.5 signature is that of OpenSSL, however it was blinded', () => {
  const expected = nodeCrypto
    .loadPrivateKey(readFixture('rsa.key.pem'))
    .sign('rsa_pkcs1_sha256', DATA)
  for (const seed of [1, 2, 3])
    assert.is(toHex(signRsa(KEY, 'pkcs1', 'sha256', DATA, seededBytes(seed))), toHex(expected))
})

test('the salt of PSS is what the random source gives', () => {
  const sign = (seed: number) => toHex(signRsa(KEY, 'pss', 'sha384', DATA, seededBytes(seed)))
  assert.is(sign(1), sign(1))
  assert.is.not(sign(1), sign(2))
})

test('what is asked of the random source: a salt, a blinding number, two blindings of exponents', () => {
  const asked: number[] = []
  const random = seededBytes(4)
  const recording = (length: number) => {
    asked.push(length)
    return random(length)
  }
  signRsa(KEY, 'pss', 'sha512', DATA, recording)
  assert.equal(asked, [64, 256 + 16, 8, 8])
})

test('either prime may be the larger', () => {
  const { p, q, dP, dQ } = KEY
  const swapped = { ...KEY, p: q, q: p, dP: dQ, dQ: dP, qInv: inverse(p, q) }
  for (const key of [KEY, swapped]) {
    const signature = signRsa(key, 'pkcs1', 'sha256', DATA, seededBytes(5))
    assert.ok(verifyRsa(KEY, 'pkcs1', 'sha256', DATA, signature))
  }
})

test('a signature with a fault in one half does not leave the key', () => {
  // n and the difference to the right signature have one prime as their greatest common divisor.
  for (const fault of [
    { dP: KEY.dP + 2n },
    { dQ: KEY.dQ + 2n },
    { qInv: KEY.qInv + 1n },
    { p: KEY.p + 2n },
  ])
    assert.throws(
      () => signRsa({ ...KEY, ...fault }, 'pss', 'sha256', DATA, seededBytes(6)),
      /does not verify/,
    )
})

test('keys below 2048 bits verify nothing', () => {
  const numbers = makeRsaNumbers(1024)
  const key = { ...numbers, bits: 1024 }
  const signature = signRsa(key, 'pss', 'sha256', DATA, seededBytes(7))
  assert.not(verifyRsa(key, 'pss', 'sha256', DATA, signature))
})

test('signatures are those of the key of the certificate', () => {
  const signature = signRsa(KEY, 'pss', 'sha512', DATA, seededBytes(8))
  assert.ok(nodeCrypto.verify('rsa_pss_rsae_sha512', spkiFixture('rsa'), DATA, signature))
})

test.run()
