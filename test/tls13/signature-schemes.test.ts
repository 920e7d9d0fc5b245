import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  chooseScheme,
  handshakeScheme,
  OFFERED_SCHEMES,
  schemeCodePoint,
} from '../../src/tls13/signature-schemes.ts'

const test = suite('signature schemes')

test('what is offered has the code points of RFC 9846 §4.3.3, PKCS#1 last', () => {
  assert.equal(
    [...OFFERED_SCHEMES],
    [0x0403, 0x0503, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
  )
})

test('a key signs with the best scheme of its kind that the peer takes', () => {
  assert.is(chooseScheme('rsa', [0x0806, 0x0805]), 'rsa_pss_rsae_sha384')
  assert.is(chooseScheme('ec-p256', [0x0503, 0x0403]), 'ecdsa_secp256r1_sha256')
  assert.is(chooseScheme('ec-p384', [0x0403]), undefined)
  assert.is(chooseScheme('ed25519', [0x0807]), 'ed25519')
})

test('PKCS#1 never signs a handshake', () => {
  assert.is(chooseScheme('rsa', [0x0401, 0x0501, 0x0601]), undefined)
  for (const codePoint of [0x0401, 0x0501, 0x0601]) assert.is(handshakeScheme(codePoint), undefined)
})

test('every scheme of a handshake is found by its code point', () => {
  for (const codePoint of OFFERED_SCHEMES.slice(0, 6))
    assert.is(schemeCodePoint(handshakeScheme(codePoint)!), codePoint)
  assert.is(handshakeScheme(0x0203), undefined)
})

test.run()
