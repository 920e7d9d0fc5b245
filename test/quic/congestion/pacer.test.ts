import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Pacer } from '../../../src/quic/congestion/pacer.ts'

const test = suite('quic/congestion/pacer')
const SIZE = 1200
const WINDOW = 100 * SIZE
const RTT = 100

/** Sends as fast as it may for `milliseconds`; the bytes, and how often it had to wait. */
function run(pacer: Pacer, start: number, milliseconds: number): { bytes: number; waits: number } {
  let now = start
  let bytes = 0
  let waits = 0
  while (now < start + milliseconds) {
    const at = pacer.sendTime(WINDOW, RTT, now)
    if (at > now) {
      now = at
      waits++
      assert.ok(pacer.sendTime(WINDOW, RTT, now) <= now, 'it may go at the time that was named')
    }
    pacer.onPacketSent(SIZE)
    bytes += SIZE
  }
  return { bytes, waits }
}

test('ten datagrams may go at once, an eleventh waits', () => {
  const pacer = new Pacer(SIZE)
  for (let i = 0; i < 10; i++) {
    assert.is(pacer.sendTime(WINDOW, RTT, 5), 5)
    pacer.onPacketSent(SIZE)
  }
  assert.ok(pacer.sendTime(WINDOW, RTT, 5) > 5)
})

test('over time the rate is a quarter above the window a round trip', () => {
  const { bytes } = run(new Pacer(SIZE), 1000, 1000)
  const expected = (1.25 * WINDOW * 1000) / RTT
  assert.ok(bytes > 0.95 * expected && bytes < 1.05 * expected, `${bytes} of ${expected}`)
})

test('one wake-up serves several datagrams', () => {
  const { bytes, waits } = run(new Pacer(SIZE), 1000, 1000)
  assert.ok(bytes / SIZE / waits >= 2, `${waits} waits`)
})

test('silence earns no more than one burst', () => {
  const pacer = new Pacer(SIZE)
  run(pacer, 1000, 100)
  let burst = 0
  while (pacer.sendTime(WINDOW, RTT, 100_000) <= 100_000) {
    pacer.onPacketSent(SIZE)
    burst++
  }
  assert.is(burst, 10)
})

test('a round trip of nothing holds nothing back', () => {
  const pacer = new Pacer(SIZE)
  for (let i = 0; i < 1000; i++) {
    assert.is(pacer.sendTime(WINDOW, 0, 7), 7)
    pacer.onPacketSent(SIZE)
  }
})

test('with another datagram size a burst is the initial window of that size', () => {
  const pacer = new Pacer(SIZE)
  pacer.maxDatagramSize = 9000
  for (let i = 0; i < 2; i++) {
    assert.is(pacer.sendTime(WINDOW, RTT, 5), 5)
    pacer.onPacketSent(9000)
  }
  assert.ok(pacer.sendTime(WINDOW, RTT, 5) > 5)
})

test.run()
