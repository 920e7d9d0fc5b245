import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../../src/bytes/index.ts'
import { ResetToken } from '../../../src/quic/connection/reset-token.ts'

const test = suite('quic/connection/reset-token')

const BYTES = fromHex('ff0102037f05060780090a0bfffefdfc')

test('a token has the bytes that it was made of', () => {
  const source = BYTES.slice()
  const token = new ResetToken(source)
  source.fill(0)
  assert.equal(token.bytes(), BYTES)
})

test('a token equals those very bytes, and none that differ in a bit', () => {
  const token = new ResetToken(BYTES)
  assert.is(token.equals(BYTES), true)
  for (let bit = 0; bit < 128; bit++) {
    const other = BYTES.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.is(token.equals(other), false)
  }
})

test.run()
