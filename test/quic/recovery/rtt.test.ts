import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RttEstimator } from '../../../src/quic/recovery/rtt.ts'

const test = suite('quic/recovery/rtt')

test('before a sample the configured RTT is taken, with half of it as variation', () => {
  const rtt = new RttEstimator(333)
  assert.is(rtt.smoothed, 333)
  assert.is(rtt.variation, 166.5)
  assert.is(rtt.probeTimeout(), 333 + 4 * 166.5)
  assert.is(rtt.hasSample, false)
})

test('the first sample replaces the guess, and its ack delay does not count', () => {
  const rtt = new RttEstimator(333)
  rtt.update(100, 40)
  assert.is(rtt.smoothed, 100)
  assert.is(rtt.variation, 50)
  assert.is(rtt.min, 100)
})

test('further samples are smoothed as RFC 9002 §5.3 computes them', () => {
  const rtt = new RttEstimator(333)
  rtt.update(100, 0)
  rtt.update(140, 20)
  // adjusted 120; rttvar = 3/4 * 50 + 1/4 * |100 - 120|; smoothed = 7/8 * 100 + 1/8 * 120
  assert.is(rtt.variation, 42.5)
  assert.is(rtt.smoothed, 102.5)
  assert.is(rtt.latest, 140)
  assert.is(rtt.min, 100)
})

test('an ack delay that would take the sample below the least RTT is ignored', () => {
  const rtt = new RttEstimator(333)
  rtt.update(100, 0)
  rtt.update(110, 20)
  assert.is(rtt.smoothed, 0.875 * 100 + 0.125 * 110)
  rtt.update(110, Number.MAX_SAFE_INTEGER)
  assert.is(rtt.min, 100)
  assert.ok(rtt.smoothed > 100)
})

test('a peer that lies about its delay cannot lower the least RTT', () => {
  const rtt = new RttEstimator(333)
  for (let i = 0; i < 50; i++) rtt.update(100, 99)
  assert.is(rtt.min, 100)
  assert.is(rtt.smoothed, 100)
})

test('the probe timeout leaves at least the granularity above the smoothed RTT', () => {
  const rtt = new RttEstimator(333)
  for (let i = 0; i < 200; i++) rtt.update(50, 0)
  assert.ok(Math.abs(rtt.probeTimeout() - 51) < 1e-6)
})

test.run()
