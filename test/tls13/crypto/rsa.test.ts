/** RSA over both providers: paddings that are wrong, and keys that must not be used. */
import { createHash, createPrivateKey, generatePrimeSync, sign } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex } from '../../../src/bytes/index.ts'
import { MAX_RSA_BITS, MAX_RSA_EXPONENT } from '../../../src/tls13/limits.ts'
import { PROVIDERS } from '../providers.ts'
import { seededBytes } from '../support.ts'
import {
  DATA,
  inverse,
  makeRsaNumbers,
  power,
  privateFixture,
  rsaNumber,
  rsaPublicKey,
  signEncoded,
  spkiFixture,
  spkiOf,
  toBase64url,
  toBigInt,
  toBytes,
} from './keys.ts'

const HASH = new Uint8Array(createHash('sha256').update(DATA).digest())
const sha256 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(concatBytes(parts)).digest())

/** EMSA-PKCS1-v1_5 of DATA, or what somebody makes of it. */
function pkcs1(
  length: number,
  { first = '0001', info = '3031300d060960864801650304020105000420', end = new Uint8Array(0) } = {},
): Uint8Array {
  const tail = concatBytes([Uint8Array.of(0), fromHex(info), HASH, end])
  const padding = new Uint8Array(length - 2 - tail.length).fill(0xff)
  return concatBytes([fromHex(first), padding, tail])
}

/** EMSA-PSS of DATA with SHA-256, or what somebody makes of it. */
function pss(
  bits: number,
  { salt = seededBytes(3)(32), one = 1, trailer = 0xbc, firstByte = 0, top = 0 } = {},
): Uint8Array {
  const length = Math.ceil(bits / 8)
  const hash = sha256(new Uint8Array(8), HASH, salt)
  const block = new Uint8Array(length - 33)
  block[0] = firstByte
  block[block.length - salt.length - 1] = one
  block.set(salt, block.length - salt.length)
  for (let i = 0; i < block.length; i++)
    block[i]! ^= sha256(hash, Uint8Array.of(0, 0, 0, i >> 5))[i & 31]!
  block[0] = (block[0]! & (0xff >> ((8 - (bits % 8)) % 8))) | top
  return concatBytes([block, hash, Uint8Array.of(trailer)])
}

/** What the first salt gives for which `make` gives anything. */
function firstOf<T>(make: (salt: Uint8Array) => T | undefined): T {
  const random = seededBytes(6)
  for (let tries = 0; tries < 1000; tries++) {
    const made = make(random(32))
    if (made !== undefined) return made
  }
  throw new Error('no salt fits')
}

/** Two that leave 3 by 4, with a product of 2048 bits. */
function rabinPrimes(): bigint[] {
  for (;;) {
    const prime = () => generatePrimeSync(1024, { bigint: true, add: 4n, rem: 3n })
    const primes = [prime(), prime()]
    if ((primes[0]! * primes[1]!) >> 2047n === 1n) return primes
  }
}

/** OpenSSL's own generator makes even sizes alone. */
function keyOfSize(bits: number) {
  const { n, e, p, q, dP, dQ, qInv } = makeRsaNumbers(bits)
  const d = inverse(e, (p - 1n) * (q - 1n))
  const numbers = { n, e, d, p, q, dp: dP, dq: dQ, qi: qInv }
  const parts = Object.entries(numbers).map(([name, value]) => [name, toBase64url(value)])
  const jwk = { kty: 'RSA', ...Object.fromEntries(parts) }
  const pem = createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' })
  return { bits, publicKey: rsaPublicKey(n, e), pem: pem.toString() }
}

/** A key of these primes, and a PKCS#1 v1.5 signature of DATA under it, by arithmetic alone. */
function signByHand(primes: readonly bigint[], e: bigint) {
  const n = primes.reduce((product, prime) => product * prime, 1n)
  const phi = primes.reduce((product, prime) => product * (prime - 1n), 1n)
  const length = Math.ceil(n.toString(2).length / 8)
  const signature = toBytes(power(toBigInt(pkcs1(length)), inverse(e, phi), n), length)
  return { spki: spkiOf(rsaPublicKey(n, e)), signature }
}

const PRIMES = [rsaNumber('p'), rsaNumber('q')]
const N = rsaNumber('n')
const RABIN_PRIMES = rabinPrimes()
const ODD_SIZES = [2049, 2050, 2055, 3072].map(keyOfSize)
const HUGE_PRIMES = Array.from({ length: 9 }, () => generatePrimeSync(1024, { bigint: true }))

for (const crypto of PROVIDERS) {
  const test = suite(`RSA of ${crypto.name}`)
  const spki = spkiFixture('rsa')
  const verifiesPkcs1 = (encoded: Uint8Array): boolean =>
    crypto.verify('rsa_pkcs1_sha256', spki, DATA, signEncoded(encoded))
  const verifiesPss = (encoded: Uint8Array): boolean =>
    crypto.verify('rsa_pss_rsae_sha256', spki, DATA, signEncoded(encoded))

  test('a PKCS#1 v1.5 encoding must be the one that there is', () => {
    assert.ok(verifiesPkcs1(pkcs1(256)))
    const wrong = [
      { first: '0002' },
      { first: '0000' },
      // NULL left out.
      { info: '302f300b06096086480165030402010420' },
      // Of SHA-1, and of SHA-384.
      { info: '3021300906052b0e03021a05000414' },
      { info: '3031300d060960864801650304020205000420' },
      // A length in two bytes.
      { info: '308131300d060960864801650304020105000420' },
      { info: '' },
    ]
    for (const change of wrong)
      assert.not(verifiesPkcs1(pkcs1(256, change)), JSON.stringify(change))
  })

  test('a PKCS#1 v1.5 encoding has its hash at the end', () => {
    const random = seededBytes(4)
    for (const length of [1, 16, 190])
      assert.not(verifiesPkcs1(pkcs1(256, { end: new Uint8Array(random(length)) })))
  })

  test('a PSS encoding must be one of the hash, with a salt as long as it', () => {
    assert.ok(verifiesPss(pss(2047)))
    for (const length of [0, 20, 31, 33, 64, 222])
      assert.not(verifiesPss(pss(2047, { salt: seededBytes(5)(length) })), `${length}`)
    assert.not(verifiesPss(pss(2047, { one: 2 })))
    assert.not(verifiesPss(pss(2047, { trailer: 0xcc })))
    assert.not(verifiesPss(pss(2047, { firstByte: 1 })))
  })

  test('a PSS encoding has no bits above the modulus', () => {
    const wrong = firstOf((salt) => {
      const encoded = pss(2047, { salt, top: 0x80 })
      return toBigInt(encoded) < N ? encoded : undefined
    })
    assert.not(verifiesPss(wrong))
    wrong[0]! &= 0x7f
    assert.ok(verifiesPss(wrong))
  })

  test('PSS as node:crypto makes it, of other salts', () => {
    const key = privateFixture('rsa')
    for (const saltLength of [0, 20, 32, 222])
      assert.is(
        crypto.verify(
          'rsa_pss_rsae_sha256',
          spki,
          DATA,
          sign('sha256', DATA, { key, padding: 6, saltLength }),
        ),
        saltLength === 32,
      )
  })

  test('a signature has the length of the modulus, and is less', () => {
    const signature = firstOf((salt) => {
      const signed = signEncoded(pss(2047, { salt }))
      return toBigInt(signed) + N < 1n << 2048n ? signed : undefined
    })
    const check = (bytes: Uint8Array) => crypto.verify('rsa_pss_rsae_sha256', spki, DATA, bytes)
    assert.ok(check(signature))
    assert.not(check(Uint8Array.of(0, ...signature)))
    assert.not(check(toBytes(toBigInt(signature) + N, 256)))
  })

  test('0, 1 and n - 1 are no signatures', () => {
    for (const value of [0n, 1n, N - 1n, N])
      for (const scheme of ['rsa_pkcs1_sha256', 'rsa_pss_rsae_sha256'] as const)
        assert.not(crypto.verify(scheme, spki, DATA, toBytes(value, 256)))
  })

  test('an exponent that makes verifying slow is refused', () => {
    const fits = signByHand(PRIMES, 65537n)
    assert.ok(crypto.verify('rsa_pkcs1_sha256', fits.spki, DATA, fits.signature))
    // The first prime above the cap, so that it has an inverse.
    const { spki: slow, signature } = signByHand(PRIMES, MAX_RSA_EXPONENT + 16n)
    assert.not(crypto.verify('rsa_pkcs1_sha256', slow, DATA, signature))
  })

  test('with an exponent of 1 everybody could sign: it is refused', () => {
    const key = spkiOf(rsaPublicKey(N, 1n))
    assert.not(crypto.verify('rsa_pkcs1_sha256', key, DATA, pkcs1(256)))
  })

  test('an even exponent is refused', () => {
    // With Rabin's primes a quarter of all numbers have roots, which are easy to find.
    const [p, q] = RABIN_PRIMES as [bigint, bigint]
    const n = p * q
    const root = firstOf((salt) => {
      const encoded = toBigInt(pss(2047, { salt }))
      const [ofP, ofQ] = [p, q].map((prime) => power(encoded, (prime + 1n) / 4n, prime))
      const found = (ofQ! + q * (((ofP! - ofQ! + n) * inverse(q, p)) % p)) % n
      return (found * found) % n === encoded ? found : undefined
    })
    const key = spkiOf(rsaPublicKey(n, 2n))
    assert.not(crypto.verify('rsa_pss_rsae_sha256', key, DATA, toBytes(root, 256)))
  })

  test('a modulus that makes verifying slow is refused', () => {
    const { spki: slow, signature } = signByHand(HUGE_PRIMES, 65537n)
    assert.ok(signature.length * 8 > MAX_RSA_BITS)
    assert.not(crypto.verify('rsa_pkcs1_sha256', slow, DATA, signature))
  })

  test('an even modulus is refused, and does not throw', () => {
    const even = spkiOf(rsaPublicKey(N + 1n, 65537n))
    const signature = signEncoded(pkcs1(256))
    assert.not(crypto.verify('rsa_pkcs1_sha256', even, DATA, signature))
    assert.not(crypto.verify('rsa_pss_rsae_sha256', even, DATA, signature))
  })

  test('a modulus may have any number of bits', () => {
    for (const { bits, publicKey, pem } of ODD_SIZES) {
      for (const scheme of ['rsa_pss_rsae_sha256', 'rsa_pkcs1_sha384'] as const) {
        const signature = crypto.loadPrivateKey(pem).sign(scheme, DATA)
        assert.is(signature.length, Math.ceil(bits / 8))
        for (const other of PROVIDERS)
          assert.ok(other.verify(scheme, spkiOf(publicKey), DATA, signature), `${bits} bits`)
      }
    }
  })

  test.run()
}
