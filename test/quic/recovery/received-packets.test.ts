import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_ACK_RANGES } from '../../../src/quic/limits.ts'
import { ReceivedPackets } from '../../../src/quic/recovery/received-packets.ts'
import { Random } from '../../../src/sim/index.ts'

const test = suite('quic/recovery/received-packets')

test('one ack-eliciting packet is acknowledged after max_ack_delay, the second at once', () => {
  const received = new ReceivedPackets(25)
  assert.is(received.ackDeadline, undefined)
  received.onReceived(0, true, 100)
  assert.is(received.ackDeadline, 125)
  received.onReceived(1, true, 110)
  assert.ok(received.ackDeadline! <= 110)
  received.onAckSent()
  assert.is(received.ackDeadline, undefined)
  assert.is(received.owesAck, false)
})

test('the delay runs from the first packet that waits', () => {
  const received = new ReceivedPackets(25)
  received.onReceived(0, false, 90)
  received.onReceived(1, true, 100)
  received.onReceived(2, false, 120)
  assert.is(received.ackDeadline, 125)
})

test('packets that elicit no ACK are never owed one', () => {
  const received = new ReceivedPackets(25)
  for (let n = 0; n < 100; n += 2) received.onReceived(n, false, n)
  assert.is(received.ackDeadline, undefined)
  assert.is(received.owesAck, false)
})

test('a gap, and a packet that fills one, are acknowledged at once', () => {
  const gap = new ReceivedPackets(25)
  gap.onReceived(1, true, 100)
  assert.ok(gap.ackDeadline! <= 100)
  gap.onAckSent()
  gap.onReceived(0, true, 101)
  assert.ok(gap.ackDeadline! <= 101)
})

test('where no delay is allowed every packet is acknowledged at once', () => {
  const received = new ReceivedPackets(0)
  received.onReceived(0, true, 100)
  assert.ok(received.ackDeadline! <= 100)
})

test('a packet number is a duplicate the second time only', () => {
  const received = new ReceivedPackets(25)
  const random = new Random(1)
  const seen = new Set<number>()
  for (let i = 0; i < 2000; i++) {
    const n = Math.max(0, Math.floor(i / 3) - random.int(20))
    assert.is(received.isDuplicate(n), seen.has(n), `packet ${n}`)
    if (!seen.has(n)) received.onReceived(n, true, i)
    seen.add(n)
  }
})

test('no more ranges are kept than the cap, and what fell out counts as a duplicate', () => {
  const received = new ReceivedPackets(25)
  for (let i = 0; i < 10 * MAX_ACK_RANGES; i++) received.onReceived(2 * i, true, i)
  assert.is(received.ranges.count, MAX_ACK_RANGES)
  const lowest = received.ranges.start(0)
  for (let n = 0; n < lowest - 1; n++) assert.is(received.isDuplicate(n), true, `packet ${n}`)
  assert.is(received.isDuplicate(received.largest - 1), false)
})

test('what the peer knows to be acknowledged is not told again', () => {
  const received = new ReceivedPackets(25)
  for (const n of [0, 1, 5, 6, 10, 11]) received.onReceived(n, true, n)
  received.onAckAcknowledged(6)
  assert.is(received.ranges.count, 2, 'the range that holds it stays')
  assert.is(received.ranges.start(0), 5)
  assert.is(received.isDuplicate(0), true)
  assert.is(received.isDuplicate(3), false)
  assert.is(received.isDuplicate(8), false)
  received.onAckAcknowledged(11)
  assert.is(received.ranges.count, 1, 'the newest range stays')
})

test.run()
