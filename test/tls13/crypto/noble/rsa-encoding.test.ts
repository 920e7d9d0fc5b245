import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../../src/bytes/index.ts'
import {
  encodePkcs1,
  encodePss,
  verifyPss,
} from '../../../../src/tls13/crypto/noble/rsa-encoding.ts'
import { seededBytes } from '../../support.ts'
import { DATA } from '../keys.ts'

const test = suite('RSA encodings')

const digestOf = (name: string): Uint8Array =>
  new Uint8Array(createHash(name).update(DATA).digest())

test('EMSA-PKCS1-v1_5 is 00 01 ff … ff 00 and a DigestInfo', () => {
  const digest = digestOf('sha256')
  assert.is(
    toHex(encodePkcs1('sha256', digest, 64)),
    `0001${'ff'.repeat(10)}003031300d060960864801650304020105000420${toHex(digest)}`,
  )
  assert.ok(toHex(encodePkcs1('sha384', digestOf('sha384'), 256)).includes('ff003041300d'))
  assert.ok(toHex(encodePkcs1('sha512', digestOf('sha512'), 256)).includes('ff003051300d'))
})

test('EMSA-PSS of a modulus of whole bytes, and of one bit more, two, …', () => {
  const salt = seededBytes(1)(32)
  const digest = digestOf('sha256')
  for (let bits = 2047; bits < 2056; bits++) {
    const encoded = encodePss('sha256', digest, salt, bits)
    assert.is(encoded.length, bits === 2047 || bits === 2048 ? 256 : 257)
    assert.is(encoded.at(-1), 0xbc)
    // No bit above `bits`.
    assert.is(encoded[0]! >> (bits - (encoded.length - 1) * 8), 0)
    assert.ok(verifyPss('sha256', digest, encoded, bits))
    assert.not(verifyPss('sha256', digestOf('sha512').subarray(0, 32), encoded, bits))
  }
})

test('every bit of an EMSA-PSS encoding counts', () => {
  const digest = digestOf('sha512')
  const encoded = encodePss('sha512', digest, seededBytes(2)(64), 2047)
  for (let bit = 0; bit < 2048; bit++) {
    const changed = encoded.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.not(verifyPss('sha512', digest, changed, 2047), `bit ${bit}`)
  }
})

test.run()
