import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { ReceiveWindow, SendCredit } from '../../../src/quic/streams/flow-control.ts'

const test = suite('quic/streams/flow-control')

test('credit only grows', () => {
  const credit = new SendCredit(10)
  assert.is(credit.raise(10), false)
  assert.is(credit.raise(5), false)
  assert.is(credit.limit, 10)
  assert.is(credit.raise(11), true)
  assert.is(credit.available, 11)
})

test('each limit is complained about once, and again when the complaint was lost', () => {
  const credit = new SendCredit(10)
  assert.is(credit.shouldReportBlocked(), false)
  credit.used = 10
  assert.is(credit.shouldReportBlocked(), true)
  assert.is(credit.shouldReportBlocked(), false)
  credit.reportBlockedAgain()
  assert.is(credit.shouldReportBlocked(), true)
  credit.raise(20)
  assert.is(credit.shouldReportBlocked(), false)
  credit.used = 20
  assert.is(credit.shouldReportBlocked(), true)
})

test('the last byte of a window may come, one more is a FLOW_CONTROL_ERROR', () => {
  const window = new ReceiveWindow(100, 1000)
  window.onReceived(99)
  window.onReceived(1)
  assert.throws(
    () => window.onReceived(1),
    (error: { code: number }) => error.code === TransportErrorCode.flowControlError,
  )
})

test('credit follows what was consumed, not what was received', () => {
  const window = new ReceiveWindow(100, 100)
  window.onReceived(100)
  assert.is(window.shouldUpdate, false)
  window.onConsumed(50)
  assert.is(window.shouldUpdate, false)
  window.onConsumed(1)
  assert.is(window.shouldUpdate, true)
  assert.is(window.update(1000, 50), 151)
  assert.is(window.shouldUpdate, false)
})

test('a window that is used up within two round trips doubles, up to its maximum', () => {
  const window = new ReceiveWindow(100, 350)
  let now = 1000
  const grow = (after: number) => {
    window.onConsumed(window.limit - window.consumed)
    now += after
    return window.update(now, 50) - window.consumed
  }
  assert.is(grow(10), 100, 'the first update has nothing to compare with')
  assert.is(grow(101), 100, 'too slow')
  assert.is(grow(99), 200)
  assert.is(grow(99), 350)
  assert.is(grow(1), 350)
})

test('the limit never goes down', () => {
  const window = new ReceiveWindow(100, 100)
  assert.is(window.update(1000, 50), 100)
  assert.is(window.limit, 100)
})

test.run()
