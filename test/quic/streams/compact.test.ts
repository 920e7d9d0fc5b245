import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compact } from '../../../src/quic/streams/compact.ts'

const test = suite('quic/streams/compact')

test('a small part of a large buffer is copied, a large part is not', () => {
  const buffer = Uint8Array.from({ length: 1000 }, (_, i) => i)
  const small = compact(buffer.subarray(10, 20))
  assert.equal(small, Uint8Array.of(10, 11, 12, 13, 14, 15, 16, 17, 18, 19))
  assert.is(small.buffer.byteLength, 10)
  const large = buffer.subarray(10, 900)
  assert.is(compact(large), large)
})

test.run()
