import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generatePrimeSync,
  type KeyObject,
  sign,
  verify as verifyWithNode,
} from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex } from '../../../../src/bytes/index.ts'
import { loadPrivateKey } from '../../../../src/tls13/crypto/asymmetric/private-key.ts'
import { verify } from '../../../../src/tls13/crypto/asymmetric/signature.ts'
import type { PrivateKey, SignatureSchemeName } from '../../../../src/tls13/index.ts'
import { MAX_RSA_BITS, MAX_RSA_EXPONENT } from '../../../../src/tls13/limits.ts'
import { readFixture } from '../../support.ts'

const test = suite('signatures')

const SCHEMES: readonly (readonly [SignatureSchemeName, PrivateKey['kind']])[] = [
  ['rsa_pss_rsae_sha256', 'rsa'],
  ['rsa_pss_rsae_sha384', 'rsa'],
  ['rsa_pss_rsae_sha512', 'rsa'],
  ['rsa_pkcs1_sha256', 'rsa'],
  ['rsa_pkcs1_sha384', 'rsa'],
  ['rsa_pkcs1_sha512', 'rsa'],
  ['ecdsa_secp256r1_sha256', 'ec-p256'],
  ['ecdsa_secp384r1_sha384', 'ec-p384'],
  ['ed25519', 'ed25519'],
]

const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' })
const publicKeyOf = (kind: PrivateKey['kind']) =>
  spkiOf(createPublicKey(readFixture(`${kind}.key.pem`)))

const DATA = Uint8Array.of(1, 2, 3, 4)

for (const [scheme, kind] of SCHEMES) {
  const signature = loadPrivateKey(readFixture(`${kind}.key.pem`)).sign(scheme, DATA)

  test(`${scheme} verifies under its own key and data alone`, () => {
    assert.ok(verify(scheme, publicKeyOf(kind), DATA, signature))
    assert.not(verify(scheme, publicKeyOf(kind), DATA.subarray(1), signature))
    const changed = signature.slice()
    changed[changed.length - 1]! ^= 1
    assert.not(verify(scheme, publicKeyOf(kind), DATA, changed))
  })

  test(`${scheme} does not pass for any other scheme`, () => {
    for (const [other] of SCHEMES)
      if (other !== scheme) assert.not(verify(other, publicKeyOf(kind), DATA, signature))
  })

  test(`${scheme} does not verify with what is malformed`, () => {
    const spki = publicKeyOf(kind)
    assert.not(verify(scheme, spki, DATA, new Uint8Array(0)))
    assert.not(verify(scheme, spki, DATA, signature.subarray(1)))
    assert.not(verify(scheme, new Uint8Array(0), DATA, signature))
    assert.not(verify(scheme, spki.subarray(0, spki.length - 1), DATA, signature))
  })
}

test('the signature of RFC 8032 §7.1 test 2 verifies', () => {
  const spki = fromHex(
    '302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  )
  const signature = fromHex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
  assert.ok(verify('ed25519', spki, Uint8Array.of(0x72), signature))
})

test('the PSS salt must be as long as the hash', () => {
  const key = createPrivateKey(readFixture('rsa.key.pem'))
  const signature = sign('sha256', DATA, { key, padding: 6, saltLength: 20 })
  assert.not(verify('rsa_pss_rsae_sha256', publicKeyOf('rsa'), DATA, signature))
})

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function toBase64url(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return ((x % modulus) + modulus) % modulus
}

/** A key of these primes, and a PKCS#1 v1.5 signature of DATA under it, by arithmetic alone. */
function signByHand(primes: readonly bigint[], e: bigint) {
  const n = primes.reduce((product, prime) => product * prime, 1n)
  const phi = primes.reduce((product, prime) => product * (prime - 1n), 1n)
  const length = Math.ceil(n.toString(2).length / 8)
  const tail = concatBytes([
    fromHex('003031300d060960864801650304020105000420'),
    createHash('sha256').update(DATA).digest(),
  ])
  const padded = concatBytes([
    Uint8Array.of(0, 1),
    new Uint8Array(length - 2 - tail.length).fill(0xff),
    tail,
  ])
  const value = power(toBigInt(padded), inverse(e, phi), n)
  const signature = Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
  const key = createPublicKey({
    key: { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) },
    format: 'jwk',
  })
  assert.ok(verifyWithNode('sha256', DATA, key, signature), 'the test signs as RSA does')
  return { key, signature }
}

const primeOf = (name: 'p' | 'q'): bigint => {
  const jwk = createPrivateKey(readFixture('rsa.key.pem')).export({ format: 'jwk' })
  return toBigInt(Buffer.from(jwk[name]!, 'base64url'))
}

test('an RSA exponent that makes verifying slow is refused', () => {
  const primes = [primeOf('p'), primeOf('q')]
  const fits = signByHand(primes, 65537n)
  assert.ok(verify('rsa_pkcs1_sha256', spkiOf(fits.key), DATA, fits.signature))
  // The first prime above the cap, so that it has an inverse.
  const { key, signature } = signByHand(primes, MAX_RSA_EXPONENT + 16n)
  assert.not(verify('rsa_pkcs1_sha256', spkiOf(key), DATA, signature))
})

test('an RSA modulus that makes verifying slow is refused', () => {
  const primes = Array.from({ length: 9 }, () => generatePrimeSync(1024, { bigint: true }))
  const { key, signature } = signByHand(primes, 65537n)
  assert.ok(key.asymmetricKeyDetails!.modulusLength! > MAX_RSA_BITS)
  assert.not(verify('rsa_pkcs1_sha256', spkiOf(key), DATA, signature))
})

test.run()
