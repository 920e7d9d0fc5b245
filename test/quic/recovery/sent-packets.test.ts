import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_IDLE_NUMBERS } from '../../../src/quic/limits.ts'
import { SentFrame, SentPackets } from '../../../src/quic/recovery/sent-packets.ts'

const test = suite('quic/recovery/sent-packets')

function send(packets: SentPackets, inFlight = true): number {
  const packet = packets.begin()
  packet.ackEliciting = inFlight
  packet.inFlight = inFlight
  packet.record(SentFrame.crypto, packet.packetNumber, 1)
  packets.commit(packet)
  return packet.packetNumber
}

function settle(packets: SentPackets, packetNumber: number): void {
  packets.settle(packets.outstanding(packetNumber)!)
  packets.trim()
}

test('numbers go up by one and are not used up by what is abandoned', () => {
  const packets = new SentPackets()
  assert.is(send(packets), 0)
  packets.abandon(packets.begin())
  assert.is(send(packets), 1)
  assert.is(packets.nextPacketNumber, 2)
})

test('a packet is outstanding until it is settled', () => {
  const packets = new SentPackets()
  for (let i = 0; i < 4; i++) send(packets)
  assert.is(packets.ackElicitingOutstanding, 4)
  settle(packets, 2)
  assert.is(packets.outstanding(2), undefined)
  assert.is(packets.outstanding(1)?.packetNumber, 1)
  assert.is(packets.oldest, 0)
  settle(packets, 0)
  assert.is(packets.oldest, 1)
  settle(packets, 1)
  assert.is(packets.oldest, 3)
  assert.is(packets.ackElicitingOutstanding, 1)
})

test('what is not in flight does not wait for anything', () => {
  const packets = new SentPackets()
  send(packets, false)
  assert.is(packets.outstanding(0), undefined)
  assert.is(packets.oldest, 1)
  assert.is(packets.ackElicitingOutstanding, 0)
})

test('a packet from the pool has nothing of its former life', () => {
  const packets = new SentPackets()
  send(packets)
  const first = packets.outstanding(0)!
  settle(packets, 0)
  const again = packets.begin()
  assert.is(again, first)
  assert.is(again.frameCount, 0)
  assert.is(again.packetNumber, 1)
  assert.is(again.ackEliciting, false)
  assert.is(again.size, 0)
})

test('packets that still wait are never handed out again', () => {
  const packets = new SentPackets()
  for (let i = 0; i < 50; i++) send(packets)
  for (let n = 0; n < 50; n += 2) settle(packets, n)
  const waiting = new Set<unknown>()
  for (let n = 1; n < 50; n += 2) waiting.add(packets.outstanding(n))
  for (let i = 0; i < 60; i++) {
    const packet = packets.begin()
    assert.is(waiting.has(packet), false)
    packet.inFlight = true
    packets.commit(packet)
  }
  for (let n = 1; n < 50; n += 2) assert.is(packets.outstanding(n)?.frame(0, 1), n)
})

test('a number that was left out is remembered when all around it is settled', () => {
  const packets = new SentPackets()
  send(packets)
  packets.skip()
  send(packets)
  assert.is(packets.hasSkipped(0, 2), true)
  assert.is(packets.hasSkipped(2, 2), false)
  settle(packets, 0)
  settle(packets, 2)
  assert.is(packets.oldest, 3)
  assert.is(packets.hasSkipped(1, 1), true)
})

test('only the newest numbers that were left out are remembered', () => {
  const packets = new SentPackets()
  for (let i = 0; i < 9; i++) packets.skip()
  assert.is(packets.hasSkipped(0, 0), false)
  for (let n = 1; n < 9; n++) assert.is(packets.hasSkipped(n, n), true)
})

test('a packet is acknowledged once', () => {
  const packets = new SentPackets()
  send(packets)
  send(packets)
  assert.is(packets.acknowledge(1)?.packetNumber, 1)
  assert.is(packets.acknowledge(1), undefined)
  assert.is(packets.acknowledge(7), undefined)
  assert.is(packets.ackElicitingOutstanding, 1)
  assert.is(packets.hasAcknowledgedBetween(0, 2), true)
  assert.is(packets.hasAcknowledgedBetween(0, 1), false)
})

test('packets that nobody waits for are limited behind one that waits', () => {
  const packets = new SentPackets()
  for (let i = 0; i < 2 * MAX_IDLE_NUMBERS; i++) send(packets, false)
  assert.is(packets.isCrowded, false, 'nothing stands before them')
  const waiting = send(packets)
  for (let i = 0; i < MAX_IDLE_NUMBERS; i++) {
    assert.is(packets.isCrowded, false)
    send(packets, false)
  }
  assert.is(packets.isCrowded, true)
  packets.acknowledge(packets.nextPacketNumber - 1)
  assert.is(packets.isCrowded, true)
  settle(packets, waiting)
  assert.is(packets.isCrowded, false)
  assert.is(packets.oldest, packets.nextPacketNumber)
})

test('a packet that nobody waits for counts as acknowledged when it is', () => {
  const packets = new SentPackets()
  send(packets)
  send(packets, false)
  send(packets, false)
  send(packets)
  assert.is(packets.hasAcknowledgedBetween(0, 3), false)
  assert.is(packets.acknowledge(1), undefined)
  assert.is(packets.hasAcknowledgedBetween(0, 3), true)
  assert.is(packets.hasAcknowledgedBetween(1, 3), false, 'the other one has not been')
})

test.run()
