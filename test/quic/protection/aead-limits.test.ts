import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aeadLimits } from '../../../src/quic/protection/aead-limits.ts'

const test = suite('aeadLimits')

test('the limits are those of RFC 9001 §6.6', () => {
  for (const gcm of ['aes-128-gcm', 'aes-256-gcm'] as const)
    assert.equal(aeadLimits(gcm), { confidentiality: 8388608, integrity: 4503599627370496 })
  assert.equal(aeadLimits('chacha20-poly1305'), {
    confidentiality: Number.POSITIVE_INFINITY,
    integrity: 68719476736,
  })
})

test.run()
