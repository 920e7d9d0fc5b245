import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { initialWindow } from '../../../src/quic/congestion/initial-window.ts'

const test = suite('quic/congestion/initial-window')

test('it is ten datagrams, but no more than the larger of 14,720 bytes and two datagrams', () => {
  assert.is(initialWindow(1200), 12_000)
  assert.is(initialWindow(1472), 14_720)
  assert.is(initialWindow(5000), 14_720)
  assert.is(initialWindow(9000), 18_000)
})

test.run()
