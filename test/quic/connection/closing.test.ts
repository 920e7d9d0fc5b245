import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Closing } from '../../../src/quic/connection/closing.ts'
import type { CloseInfo } from '../../../src/quic/transport.ts'

const test = suite('quic/connection/closing')
const INFO: CloseInfo = { kind: 'transport', errorCode: 1, reason: '', remote: false }

test('who closes says so at once, and again to the 1st, 2nd, 4th, 8th packet that comes', () => {
  const closing = new Closing()
  closing.enter('closing', INFO)
  assert.is(closing.sendPending, true)
  closing.sendPending = false
  const answered: number[] = []
  for (let n = 1; n <= 1000; n++) {
    closing.onPacket()
    if (closing.sendPending) answered.push(n)
    closing.sendPending = false
  }
  assert.equal(answered, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
})

test('who was closed is silent', () => {
  const closing = new Closing()
  closing.enter('draining', { ...INFO, remote: true })
  assert.is(closing.sendPending, false)
  for (let n = 1; n <= 10; n++) closing.onPacket()
  assert.is(closing.sendPending, false)
})

test('the period begins once', () => {
  const closing = new Closing()
  closing.enter('closing', INFO)
  closing.startPeriod(1000, 300)
  closing.startPeriod(1200, 300)
  assert.is(closing.deadline, 1300)
})

test.run()
