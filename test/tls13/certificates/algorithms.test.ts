import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../../src/bytes/index.ts'
import { readKeyKind, readSignatureAlgorithm } from '../../../src/tls13/certificates/algorithms.ts'
import { DerReader } from '../../../src/tls13/der.ts'
import { der } from '../../support/certificates.ts'

const test = suite('algorithms')

const signature = (hex: string, ...parameters: Uint8Array[]) => {
  const identifier = der(0x30, der(6, [...fromHex(hex)]), ...parameters)
  return readSignatureAlgorithm(new DerReader(identifier).enter(0x30))
}
const RSA_PREFIX = '2a864886f70d0101'
const NULL = Uint8Array.of(5, 0)

test('signature algorithms have the names that TLS gives them', () => {
  assert.is(signature(`${RSA_PREFIX}0b`, NULL).scheme, 'rsa_pkcs1_sha256')
  assert.is(signature(`${RSA_PREFIX}0c`, NULL).scheme, 'rsa_pkcs1_sha384')
  assert.is(signature(`${RSA_PREFIX}0d`, NULL).scheme, 'rsa_pkcs1_sha512')
  assert.is(signature('2a8648ce3d040302').scheme, 'ecdsa_sha256')
  assert.is(signature('2a8648ce3d040303').scheme, 'ecdsa_sha384')
  assert.is(signature('2a8648ce3d040304').scheme, 'ecdsa_sha512')
  assert.is(signature('2b6570').scheme, 'ed25519')
})

test('MD5 and SHA-1 are weak, others are unknown', () => {
  for (const hex of [`${RSA_PREFIX}04`, `${RSA_PREFIX}05`, '2a8648ce3d0401']) {
    const { scheme, weak } = signature(hex)
    assert.is(scheme, undefined)
    assert.is(weak, true)
  }
  const ed448 = signature('2b6571')
  assert.equal(ed448, { scheme: undefined, weak: false, text: '1.3.101.113' })
})

const SHA256 = der(0x30, der(6, [...fromHex('608648016503040201')]), NULL)
const SHA384 = der(0x30, der(6, [...fromHex('608648016503040202')]), NULL)
const pss = (hash: Uint8Array, maskHash: Uint8Array, salt: number) =>
  signature(
    `${RSA_PREFIX}0a`,
    der(
      0x30,
      der(0xa0, hash),
      der(0xa1, der(0x30, der(6, [...fromHex(`${RSA_PREFIX}08`)]), maskHash)),
      der(0xa2, der(2, [salt])),
    ),
  )

test('RSA-PSS counts with one hash and a salt of its length only', () => {
  assert.is(pss(SHA256, SHA256, 32).scheme, 'rsa_pss_rsae_sha256')
  assert.is(pss(SHA384, SHA384, 48).scheme, 'rsa_pss_rsae_sha384')
  assert.is(pss(SHA256, SHA384, 32).scheme, undefined)
  assert.is(pss(SHA256, SHA256, 20).scheme, undefined)
  assert.is(signature(`${RSA_PREFIX}0a`, der(0x30)).scheme, undefined)
})

const key = (algorithm: Uint8Array, bits: Uint8Array) =>
  readKeyKind(new DerReader(der(0x30, algorithm, der(3, [0], bits))).enter(0x30))
const rsaKey = (modulus: number[]) =>
  key(
    der(0x30, der(6, [...fromHex(`${RSA_PREFIX}01`)]), NULL),
    der(0x30, der(2, modulus), der(2, [1, 0, 1])),
  )

test('the bits of an RSA modulus are counted from its highest one', () => {
  const zeros = Array.from({ length: 255 }, () => 0)
  assert.equal(rsaKey([0, 0x80, ...zeros]), { kind: 'rsa', bits: 2048 })
  assert.equal(rsaKey([0x40, ...zeros]), { kind: 'rsa', bits: 2047 })
  assert.equal(rsaKey([1, ...zeros]), { kind: 'rsa', bits: 2041 })
})

test('a curve that is not supported is another kind of key', () => {
  const ecKey = (curve: string) =>
    key(
      der(0x30, der(6, [...fromHex('2a8648ce3d0201')]), der(6, [...fromHex(curve)])),
      new Uint8Array(133),
    ).kind
  assert.is(ecKey('2a8648ce3d030107'), 'ec-p256')
  assert.is(ecKey('2b81040022'), 'ec-p384')
  assert.is(ecKey('2b81040023'), 'ec-p521')
  // secp256k1
  assert.is(ecKey('2b8104000a'), 'other')
})

test.run()
