import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, Reader } from '../../../src/bytes/index.ts'
import { readStreamCount } from '../../../src/quic/wire/stream-count.ts'

const test = suite('readStreamCount')

const read = (hex: string) => readStreamCount(new Reader(fromHex(hex)))

test('small counts are read in any encoding', () => {
  assert.is(read('00'), 0)
  assert.is(read('4064'), 100)
  assert.is(read('c000000000000064'), 100)
  assert.is(read('bfffffff'), 2 ** 30 - 1)
})

test('counts that no number holds exactly saturate', () => {
  assert.is(read('c020000000000000'), Number.MAX_SAFE_INTEGER)
})

test('2^60 is the last count that is allowed', () => {
  assert.is(read('d000000000000000'), Number.MAX_SAFE_INTEGER)
  assert.is(read('d000000000000001'), -1)
  assert.is(read('d100000000000000'), -1)
  assert.is(read('ffffffffffffffff'), -1)
})

test('what comes behind the count is not looked at', () => {
  assert.is(read('d000000000000000ff'), Number.MAX_SAFE_INTEGER)
})

test.run()
