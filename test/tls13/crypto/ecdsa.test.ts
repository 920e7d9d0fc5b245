/** ECDSA over both providers: numbers out of range, DER that is none, points off the curve. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { der } from '../../support/certificates.ts'
import { PROVIDERS } from '../providers.ts'
import { readFixture } from '../support.ts'
import { DATA, privateFixture, spkiFixture, spkiOf, toBigInt, toBytes } from './keys.ts'

/** The orders of the groups (FIPS 186-5; SP 800-186 §3.2.1). */
const CURVES = [
  {
    kind: 'ec-p256',
    scheme: 'ecdsa_secp256r1_sha256',
    hash: 'sha256',
    length: 32,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    kind: 'ec-p384',
    scheme: 'ecdsa_secp384r1_sha384',
    hash: 'sha384',
    length: 48,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
] as const

/** The content of an INTEGER. */
function integer(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  return fromHex(/^[89a-f]/.test(even) ? `00${even}` : even)
}

const signatureOf = (r: bigint, s: bigint): Uint8Array =>
  der(0x30, der(2, integer(r)), der(2, integer(s)))

/** RFC 6979 §A.2.5: the key, and the signatures of "sample". */
const SAMPLE = {
  point:
    '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  data: new TextEncoder().encode('sample'),
  signatures: {
    ecdsa_sha256: [
      0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n,
      0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n,
    ],
    ecdsa_sha384: [
      0x0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719n,
      0x4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954n,
    ],
    ecdsa_sha512: [
      0x8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00n,
      0x2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fen,
    ],
  },
} as const

const p256Spki = (point: Uint8Array): Uint8Array =>
  concatBytes([
    Uint8Array.of(0x30, 24 + point.length),
    fromHex('301306072a8648ce3d020106082a8648ce3d030107'),
    Uint8Array.of(0x03, 1 + point.length, 0),
    point,
  ])

for (const crypto of PROVIDERS) {
  const test = suite(`ECDSA of ${crypto.name}`)

  for (const scheme of ['ecdsa_sha256', 'ecdsa_sha384', 'ecdsa_sha512'] as const) {
    test(`${scheme} verifies the signature of RFC 6979 §A.2.5`, () => {
      const [r, s] = SAMPLE.signatures[scheme]
      const spki = p256Spki(fromHex(SAMPLE.point))
      assert.ok(crypto.verify(scheme, spki, SAMPLE.data, signatureOf(r, s)))
      assert.not(crypto.verify(scheme, spki, DATA, signatureOf(r, s)))
    })

    test(`${scheme} goes with every curve of certificates`, () => {
      for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
        const signature = sign(scheme.slice('ecdsa_'.length), DATA, privateKey)
        assert.ok(crypto.verify(scheme, spkiOf(publicKey), DATA, signature), namedCurve)
        assert.not(crypto.verify(scheme, spkiOf(publicKey), SAMPLE.data, signature), namedCurve)
        assert.not(
          crypto.verify('ecdsa_secp256r1_sha256', spkiOf(publicKey), SAMPLE.data, signature),
        )
      }
    })
  }

  test('a scheme that names a curve wants a key of that curve', () => {
    for (const [kind, scheme] of [
      ['P-384', 'ecdsa_secp256r1_sha256'],
      ['P-521', 'ecdsa_secp256r1_sha256'],
      ['P-256', 'ecdsa_secp384r1_sha384'],
    ] as const) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: kind })
      const signature = sign(scheme.slice(-6), DATA, privateKey)
      assert.not(crypto.verify(scheme, spkiOf(publicKey), DATA, signature))
    }
  })

  test('a curve that no certificate should have is refused', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const signature = sign('sha256', DATA, privateKey)
    assert.not(crypto.verify('ecdsa_sha256', spkiOf(publicKey), DATA, signature))
  })

  for (const { kind, scheme, hash, length, n } of CURVES) {
    const spki = spkiFixture(kind)
    const raw = sign(hash, DATA, { key: privateFixture(kind), dsaEncoding: 'ieee-p1363' })
    const [r, s] = [toBigInt(raw.subarray(0, length)), toBigInt(raw.subarray(length))]
    const verifies = (signature: Uint8Array): boolean =>
      crypto.verify(scheme, spki, DATA, signature)

    test(`${kind}: s and n - s are both good`, () => {
      assert.ok(verifies(signatureOf(r, s)))
      assert.ok(verifies(signatureOf(r, n - s)))
    })

    test(`${kind}: numbers out of range are refused`, () => {
      for (const value of [0n, n, r + n, 1n << BigInt(8 * length)])
        assert.not(verifies(signatureOf(value, s)))
      for (const value of [0n, n, s + n, 1n << BigInt(8 * length)])
        assert.not(verifies(signatureOf(r, value)))
      assert.not(verifies(signatureOf(0n, 0n)))
      assert.not(verifies(signatureOf(n, n)))
      assert.not(verifies(signatureOf(1n, 1n)))
      assert.not(verifies(signatureOf(s, r)))
    })

    test(`${kind}: a negative number is refused`, () => {
      const negative = (value: bigint) =>
        toBytes((1n << BigInt(8 * length + 8)) - value, length + 1)
      assert.not(verifies(der(0x30, der(2, negative(n - r)), der(2, integer(s)))))
      assert.not(verifies(der(0x30, der(2, integer(r)), der(2, negative(n - s)))))
    })

    test(`${kind}: numbers that begin with zeros, and with a bit that would be a sign`, () => {
      const key = crypto.loadPrivateKey(readFixture(`${kind}.key.pem`))
      const wanted = new Set(['short r', 'short s', 'long r', 'long s'])
      for (let round = 0; wanted.size > 0; round++) {
        const data = new TextEncoder().encode(`data ${round}`)
        const signature = key.sign(scheme, data)
        const [rLength, sLength] = [signature[3]!, signature[5 + signature[3]!]!]
        let isWanted = false
        for (const [name, numberLength] of Object.entries({ r: rLength, s: sLength })) {
          if (numberLength < length) isWanted = wanted.delete(`short ${name}`) || isWanted
          if (numberLength > length) isWanted = wanted.delete(`long ${name}`) || isWanted
        }
        if (!isWanted) continue
        for (const other of PROVIDERS) {
          assert.ok(other.verify(scheme, spki, data, signature), `${rLength} and ${sLength} bytes`)
          assert.not(other.verify(scheme, spki, DATA, signature))
        }
      }
    })

    test(`${kind}: DER has one form for a signature`, () => {
      const [one, two] = [der(2, integer(r)), der(2, integer(s))]
      const zero = Uint8Array.of(0)
      const both = concatBytes([one, two])
      const forms = {
        'padded r': der(0x30, der(2, zero, integer(r)), two),
        'padded s': der(0x30, one, der(2, zero, integer(s))),
        'long length': concatBytes([Uint8Array.of(0x30, 0x81, both.length), both]),
        'longer length': concatBytes([Uint8Array.of(0x30, 0x82, 0, both.length), both]),
        'indefinite length': concatBytes([Uint8Array.of(0x30, 0x80), both, new Uint8Array(2)]),
        'a byte after it': concatBytes([der(0x30, both), zero]),
        'a byte in it': der(0x30, both, zero),
        'a third number': der(0x30, both, one),
        'one number': der(0x30, one),
        'no number': der(0x30),
        'a set': der(0x31, both),
        'an octet string': der(0x30, der(4, integer(r)), two),
        'an empty number': der(0x30, der(2), two),
        'bare numbers': both,
        'cut short': der(0x30, both).subarray(0, both.length),
        raw,
      }
      assert.ok(verifies(der(0x30, both)))
      for (const [name, form] of Object.entries(forms)) assert.not(verifies(form), name)
    })
  }

  test('a key is a point of its curve', () => {
    const [r, s] = SAMPLE.signatures.ecdsa_sha256
    const signature = signatureOf(r, s)
    const verifies = (point: Uint8Array): boolean =>
      crypto.verify('ecdsa_sha256', p256Spki(point), SAMPLE.data, signature)
    const point = fromHex(SAMPLE.point)
    assert.ok(verifies(point))
    const off = point.slice()
    off[64]! ^= 1
    assert.not(verifies(off))
    assert.not(verifies(Uint8Array.of(0)))
    assert.not(verifies(new Uint8Array(65)))
    assert.not(verifies(Uint8Array.of(4, ...new Uint8Array(64))))
    assert.not(verifies(point.subarray(0, 64)))
    assert.not(verifies(new Uint8Array(0)))
    // RFC 5480 §2.2 allows the compressed form in certificates.
    assert.ok(verifies(Uint8Array.of(3, ...point.subarray(1, 33))))
    assert.not(verifies(Uint8Array.of(2, ...point.subarray(1, 33))))
  })

  test.run()
}

const test = suite('ECDSA test data')

test('the point of RFC 6979 is one for OpenSSL', () => {
  const key = Buffer.from(p256Spki(fromHex(SAMPLE.point)))
  const jwk = createPublicKey({ key, format: 'der', type: 'spki' }).export({ format: 'jwk' })
  assert.is(toHex(Buffer.from(jwk.x!, 'base64url')), SAMPLE.point.slice(2, 66))
})

test.run()
