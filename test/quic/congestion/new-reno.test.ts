import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NewReno } from '../../../src/quic/congestion/new-reno.ts'
import { RttEstimator } from '../../../src/quic/recovery/rtt.ts'

const test = suite('quic/congestion/new-reno')
const SIZE = 1200
const rtt = new RttEstimator(100)

test('the window begins as RFC 9002 §7.2 says', () => {
  assert.is(new NewReno(1200).congestionWindow, 12_000)
  assert.is(new NewReno(1472).congestionWindow, 14_720)
  assert.is(new NewReno(9000).congestionWindow, 18_000)
})

test('in slow start it grows by what was acknowledged', () => {
  const reno = new NewReno(SIZE)
  reno.onPacketAcked(SIZE, 0, rtt, false, 10)
  assert.is(reno.congestionWindow, 12_000 + SIZE)
})

test('it does not grow while the application leaves it unused', () => {
  const reno = new NewReno(SIZE)
  reno.onPacketAcked(SIZE, 0, rtt, true, 10)
  assert.is(reno.congestionWindow, 12_000)
})

test('a loss halves it, and a second one of the same round trip does not', () => {
  const reno = new NewReno(SIZE)
  reno.onCongestionEvent(5, 10)
  assert.is(reno.congestionWindow, 6000)
  assert.is(reno.slowStartThreshold, 6000)
  reno.onCongestionEvent(10, 12)
  assert.is(reno.congestionWindow, 6000)
  reno.onCongestionEvent(11, 20)
  assert.is(reno.congestionWindow, 3000)
})

test('it never falls below two datagrams', () => {
  const reno = new NewReno(SIZE)
  for (let i = 1; i < 20; i++) reno.onCongestionEvent(10 * i, 10 * i)
  assert.is(reno.congestionWindow, 2 * SIZE)
})

test('during recovery acknowledgments of older packets do not grow it', () => {
  const reno = new NewReno(SIZE)
  reno.onCongestionEvent(5, 10)
  for (let i = 0; i < 100; i++) reno.onPacketAcked(SIZE, 9, rtt, false, 15)
  assert.is(reno.congestionWindow, 6000)
})

test('in congestion avoidance it grows by one datagram a window', () => {
  const reno = new NewReno(SIZE)
  reno.onCongestionEvent(5, 10)
  for (let i = 0; i < 4; i++) reno.onPacketAcked(SIZE, 20, rtt, false, 30)
  assert.is(reno.congestionWindow, 6000)
  reno.onPacketAcked(SIZE, 20, rtt, false, 30)
  assert.is(reno.congestionWindow, 7200)
})

test('persistent congestion takes it to the least and lets slow start begin again', () => {
  const reno = new NewReno(SIZE)
  reno.onCongestionEvent(5, 10)
  reno.onPersistentCongestion()
  assert.is(reno.congestionWindow, 2 * SIZE)
  reno.onPacketAcked(SIZE, 8, rtt, false, 15)
  assert.is(reno.congestionWindow, 3 * SIZE)
})

test('another datagram size counts for all that follows and takes nothing from the window', () => {
  const reno = new NewReno(SIZE)
  reno.setMaxDatagramSize(1472)
  assert.is(reno.congestionWindow, 12_000)
  for (let i = 1; i < 20; i++) reno.onCongestionEvent(10 * i, 10 * i)
  assert.is(reno.congestionWindow, 2 * 1472)
  for (let i = 0; i < 2; i++) reno.onPacketAcked(1472, 1000, rtt, false, 1010)
  assert.is(reno.congestionWindow, 3 * 1472)
  reno.setMaxDatagramSize(1200)
  assert.is(reno.congestionWindow, 3 * 1472)
  reno.reset()
  assert.is(reno.congestionWindow, 12_000)
})

test('the window holds two datagrams of a larger size', () => {
  const reno = new NewReno(SIZE)
  reno.setMaxDatagramSize(9000)
  assert.is(reno.congestionWindow, 18_000)
})

test.run()
