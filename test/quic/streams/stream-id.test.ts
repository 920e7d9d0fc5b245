import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isClientInitiated,
  isUnidirectional,
  kindOf,
  ordinalOf,
  streamId,
} from '../../../src/quic/streams/stream-id.ts'

const test = suite('quic/streams/stream-id')

test('the two low bits tell who opened a stream and its kind (RFC 9000 §2.1, table 1)', () => {
  assert.equal([0, 1, 2, 3].map(isClientInitiated), [true, false, true, false])
  assert.equal([0, 1, 2, 3].map(isUnidirectional), [false, false, true, true])
  assert.equal([4, 5, 6, 7].map(kindOf), ['bidi', 'bidi', 'uni', 'uni'])
  assert.equal([0, 3, 4, 7, 8].map(ordinalOf), [0, 0, 1, 1, 2])
})

test('ids above 2^32 keep their meaning', () => {
  const ordinal = 2 ** 50
  assert.is(streamId(ordinal, 'uni', false), 2 ** 52 + 3)
  assert.is(ordinalOf(2 ** 52 + 3), ordinal)
  assert.is(kindOf(2 ** 52 + 3), 'uni')
  assert.is(isClientInitiated(2 ** 52 + 3), false)
})

test.run()
