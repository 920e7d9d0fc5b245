import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NewReno } from '../../../src/quic/congestion/new-reno.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { MAX_PTO_INTERVAL } from '../../../src/quic/limits.ts'
import { LossRecovery, Space } from '../../../src/quic/recovery/loss-recovery.ts'
import { SentFrame, type SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { AckFrame } from '../../../src/quic/wire/index.ts'

const test = suite('quic/recovery/loss-recovery')
const SIZE = 1200

class Sender {
  readonly acked: number[] = []
  readonly lost: number[] = []
  readonly congestion = new NewReno(SIZE)
  readonly recovery: LossRecovery
  now = 1000

  constructor(isClient = false) {
    this.recovery = new LossRecovery(
      { initialRtt: 100, maxDatagramSize: SIZE, isClient },
      this.congestion,
      this,
    )
    this.recovery.handshakeConfirmed = true
  }

  onPacketAcked(_space: Space, packet: SentPacket): void {
    this.acked.push(packet.frame(0, 1))
  }

  onPacketLost(_space: Space, packet: SentPacket): void {
    this.lost.push(packet.frame(0, 1))
  }

  /** The frame recorded in a packet is its own number, so that a packet used twice is noticed. */
  send(count = 1, space: Space = Space.application, ackEliciting = true): void {
    for (let i = 0; i < count; i++) {
      const packet = this.recovery.sent(space).begin()
      packet.record(SentFrame.crypto, packet.packetNumber, 1)
      packet.ackEliciting = ackEliciting
      packet.inFlight = ackEliciting
      packet.size = SIZE
      this.recovery.onPacketSent(space, packet, this.now)
    }
  }

  probe(size: number): void {
    const packet = this.recovery.sent(Space.application).begin()
    packet.isMtuProbe = true
    packet.ackEliciting = true
    packet.inFlight = true
    packet.size = size
    this.recovery.onPacketSent(Space.application, packet, this.now)
  }

  /** Ranges from the newest to the oldest, both ends members. */
  ack(ranges: [smallest: number, largest: number][], space: Space = Space.application, delay = 0) {
    const frame = new AckFrame()
    frame.reset(ranges[0]![1], 0)
    for (const [smallest, largest] of ranges) frame.addRange(smallest, largest)
    this.recovery.onAckReceived(space, frame, delay, this.now)
  }

  /** Lets the deadline come; the space to be probed. */
  fire(): Space | undefined {
    const at = this.recovery.nextTimeout(this.now, false)
    assert.ok(at !== undefined && at >= this.now, `deadline ${at} at ${this.now}`)
    this.now = at
    return this.recovery.onTimeout(at)
  }
}

test('an acknowledged packet leaves the flight and gives a sample of the RTT', () => {
  const sender = new Sender()
  sender.send(2)
  assert.is(sender.recovery.bytesInFlight, 2 * SIZE)
  sender.now += 40
  sender.ack([[0, 1]])
  assert.equal(sender.acked, [1, 0])
  assert.is(sender.recovery.bytesInFlight, 0)
  assert.is(sender.recovery.rtt.latest, 40)
  assert.is(sender.recovery.nextTimeout(sender.now, false), undefined)
})

test('an ACK whose largest packet was acknowledged before gives no sample', () => {
  const sender = new Sender()
  sender.send(3)
  sender.now += 40
  sender.ack([[2, 2]])
  sender.now += 1000
  sender.ack([[0, 2]])
  assert.is(sender.recovery.rtt.latest, 40)
})

test('once the handshake is confirmed an ack delay counts up to max_ack_delay', () => {
  const sender = new Sender()
  sender.recovery.peerMaxAckDelay = 25
  sender.send()
  sender.now += 100
  sender.ack([[0, 0]])
  sender.send()
  sender.now += 300
  sender.ack([[1, 1]], Space.application, 200)
  assert.is(sender.recovery.rtt.smoothed, 0.875 * 100 + 0.125 * (300 - 25))
})

test('a packet three numbers below an acknowledged one is lost', () => {
  const sender = new Sender()
  sender.send(5)
  sender.now += 40
  sender.ack([[2, 2]])
  assert.equal(sender.lost, [])
  sender.ack([[2, 3]])
  assert.equal(sender.lost, [0])
  assert.is(sender.recovery.packetsLost, 1)
})

test('a packet is lost 9/8 RTT after it was sent when a later one was acknowledged', () => {
  const sender = new Sender()
  sender.send(2)
  sender.now += 80
  sender.ack([[1, 1]])
  assert.is(sender.recovery.nextTimeout(sender.now, true), 1000 + 90)
  assert.is(sender.fire(), undefined)
  assert.equal(sender.lost, [0])
})

test('the deadline of a loss is served at its very time, whatever the roundings', () => {
  for (let i = 1; i < 3000; i++) {
    const sender = new Sender()
    sender.now = 1000 + i * 0.1
    sender.send(2)
    sender.now += i * 0.0137
    sender.ack([[1, 1]])
    sender.fire()
    assert.equal(sender.lost, [0], `case ${i}`)
  }
})

test('a packet acknowledged after it was declared lost changes nothing', () => {
  const sender = new Sender()
  sender.send(4)
  sender.now += 40
  sender.ack([[3, 3]])
  assert.equal(sender.lost, [0])
  const { bytesInFlight } = sender.recovery
  sender.ack([[0, 0]])
  assert.equal(sender.acked, [3])
  assert.is(sender.recovery.bytesInFlight, bytesInFlight)
})

test('an ACK of a packet that was never sent is a PROTOCOL_VIOLATION', () => {
  const sender = new Sender()
  sender.send(3)
  assert.throws(
    () => sender.ack([[0, 3]]),
    (error: { code: number }) => error.code === TransportErrorCode.protocolViolation,
  )
})

test('an ACK of a number that was left out is a PROTOCOL_VIOLATION, whatever was acknowledged before', () => {
  for (const before of [false, true]) {
    const sender = new Sender()
    sender.send(2)
    sender.recovery.sent(Space.application).skip()
    sender.send(2)
    if (before) sender.ack([[0, 1]])
    assert.throws(
      () => sender.ack([[0, 4]]),
      (error: { code: number }) => error.code === TransportErrorCode.protocolViolation,
    )
  }
})

test('an ACK around a number that was left out is fine', () => {
  const sender = new Sender()
  sender.send(2)
  sender.recovery.sent(Space.application).skip()
  sender.send(2)
  sender.ack([
    [3, 4],
    [0, 1],
  ])
  assert.is(sender.recovery.bytesInFlight, 0)
})

test('the PTO doubles each time and never exceeds its cap', () => {
  const sender = new Sender()
  sender.send()
  const base = 100 + 4 * 50 + 25
  for (let n = 0; n < 30; n++) {
    const before = sender.now
    assert.is(sender.fire(), Space.application)
    assert.is(sender.now - before, Math.min(base * 2 ** n, MAX_PTO_INTERVAL))
  }
})

test('an acknowledgment ends the backoff', () => {
  const sender = new Sender()
  sender.send()
  sender.fire()
  sender.fire()
  assert.is(sender.recovery.ptoCount, 2)
  sender.ack([[0, 0]])
  assert.is(sender.recovery.ptoCount, 0)
})

test('a client keeps its backoff as long as the server may not have validated its address', () => {
  const sender = new Sender(true)
  sender.recovery.handshakeConfirmed = false
  sender.send(1, Space.initial)
  sender.fire()
  sender.ack([[0, 0]], Space.initial)
  assert.is(sender.recovery.ptoCount, 1)
})

test('1-RTT packets have no PTO before the handshake is confirmed', () => {
  const sender = new Sender()
  sender.recovery.handshakeConfirmed = false
  sender.send()
  assert.is(sender.recovery.nextTimeout(sender.now, false), undefined)
})

test('a server that may send nothing has no PTO', () => {
  const sender = new Sender()
  sender.send()
  assert.is(sender.recovery.nextTimeout(sender.now, true), undefined)
})

test('a client with nothing outstanding probes until the server has validated its address', () => {
  const sender = new Sender(true)
  sender.recovery.handshakeConfirmed = false
  sender.send(1, Space.initial)
  sender.now += 20
  sender.ack([[0, 0]], Space.initial)
  assert.is(sender.fire(), Space.initial)
  sender.recovery.hasHandshakeKeys = true
  assert.is(sender.fire(), Space.handshake)
  // The clock is looked at in between, as each packet does: the deadline must not move away.
  const at = sender.recovery.nextTimeout(sender.now, false)!
  sender.now = at - 1
  assert.is(sender.recovery.nextTimeout(sender.now, false), at)
  sender.recovery.peerValidatedAddress = true
  assert.is(sender.recovery.nextTimeout(sender.now, false), undefined)
})

test('a probe repeats the oldest packets without taking them for lost', () => {
  const sender = new Sender()
  sender.send(4)
  sender.recovery.repeatOldest(Space.application, 2)
  assert.equal(sender.lost, [0, 1])
  assert.is(sender.recovery.packetsLost, 0)
  assert.is(sender.recovery.bytesInFlight, 4 * SIZE)
  sender.now += 30
  sender.ack([[0, 3]])
  assert.equal(sender.acked, [3, 2, 1, 0])
})

test('a discarded space leaves nothing in flight, no timer and no backoff', () => {
  const sender = new Sender(true)
  sender.recovery.peerValidatedAddress = true
  sender.send(3, Space.initial)
  sender.fire()
  sender.recovery.discard(Space.initial)
  assert.is(sender.recovery.bytesInFlight, 0)
  assert.is(sender.recovery.ptoCount, 0)
  assert.is(sender.recovery.nextTimeout(sender.now, false), undefined)
})

test('an ACK for a discarded space does nothing, whatever it acknowledges', () => {
  const sender = new Sender()
  sender.send(3, Space.handshake)
  sender.recovery.discard(Space.handshake)
  sender.send(2)
  sender.ack([[0, 2]], Space.handshake)
  sender.ack([[7, 9]], Space.handshake)
  assert.equal([sender.acked, sender.lost], [[], []])
  assert.is(sender.recovery.bytesInFlight, 2 * SIZE)
  assert.is(sender.recovery.rtt.hasSample, false)
})

test('a space that one connection has discarded is whole in the next one', () => {
  const first = new Sender()
  first.send(3, Space.initial)
  first.recovery.discard(Space.initial)
  const second = new Sender()
  second.send(1, Space.initial)
  assert.is(second.recovery.sent(Space.initial).nextPacketNumber, 1)
  second.recovery.discard(Space.handshake)
  second.recovery.discard(Space.handshake)
  second.ack([[0, 0]], Space.initial)
  assert.equal(second.acked, [0])
})

test('packets that are forgotten are to be sent again under the numbers that follow', () => {
  const sender = new Sender(true)
  sender.send(2, Space.initial)
  sender.recovery.forgetAll(Space.initial)
  assert.equal(sender.lost, [0, 1])
  assert.is(sender.recovery.bytesInFlight, 0)
  assert.is(sender.recovery.sent(Space.initial).nextPacketNumber, 2)
})

test('a loss halves the window once a round trip', () => {
  const sender = new Sender()
  sender.send(10)
  const { congestionWindow } = sender.congestion
  sender.now += 40
  sender.ack([[5, 5]])
  assert.equal(sender.lost, [0, 1, 2])
  assert.is(sender.congestion.congestionWindow, congestionWindow / 2)
  sender.ack([[5, 9]])
  assert.is(sender.congestion.congestionWindow, congestionWindow / 2)
})

/** One sample of 40 ms, then packets `apart` ms from each other, all lost but the last. */
function persistent(apart: number, between: (sender: Sender) => void = () => {}): number {
  const sender = new Sender()
  sender.send()
  sender.now += 40
  sender.ack([[0, 0]])
  sender.now++
  for (let i = 0; i < 5; i++) {
    sender.send()
    between(sender)
    sender.now += apart
  }
  sender.send()
  const last = sender.recovery.sent(Space.application).nextPacketNumber - 1
  sender.now += 40
  sender.ack([[last, last]])
  return sender.congestion.congestionWindow
}

/** RFC 9002 §7.6.1 with an RTT of 40 ms and, after the second sample, a variation of 15: (40 + 4 * 15 + 25) * 3. */
const PERSISTENT_MS = 375
/** The least window, and the packet that the same ACK acknowledges. */
const COLLAPSED = 3 * SIZE

test('losses over more than three PTO are persistent congestion', () => {
  assert.is(persistent(PERSISTENT_MS / 4 + 1), COLLAPSED)
})

test('losses over less are not', () => {
  assert.ok(persistent(PERSISTENT_MS / 4 - 1) > COLLAPSED)
})

test('numbers left out and packets that elicit no ACK do not interrupt persistent congestion', () => {
  const skipping = persistent(PERSISTENT_MS / 4 + 1, (sender) =>
    sender.recovery.sent(Space.application).skip(),
  )
  assert.is(skipping, COLLAPSED)
  const acking = persistent(PERSISTENT_MS / 4 + 1, (sender) =>
    sender.send(1, Space.application, false),
  )
  assert.is(acking, COLLAPSED)
})

test('an acknowledged packet in between interrupts persistent congestion', () => {
  const sender = new Sender()
  sender.send()
  sender.now += 40
  sender.ack([[0, 0]])
  for (let i = 0; i < 5; i++) {
    sender.send()
    sender.now += PERSISTENT_MS / 4 + 1
  }
  sender.send()
  sender.now += 40
  sender.ack([
    [6, 6],
    [3, 3],
  ])
  assert.ok(sender.congestion.congestionWindow > COLLAPSED)
})

test('packets from before the first RTT sample are no persistent congestion', () => {
  const sender = new Sender()
  for (let i = 0; i < 5; i++) {
    sender.send()
    sender.now += 300
  }
  sender.send()
  sender.now += 20
  sender.ack([[5, 5]])
  assert.equal(sender.lost.slice(0, 3), [0, 1, 2])
  assert.ok(sender.congestion.congestionWindow > COLLAPSED)
})

test('frames are reported once as acknowledged or lost, over long random histories', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const sender = new Sender()
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % below
    }
    const settled = new Set<number>()
    for (let step = 0; step < 400; step++) {
      sender.now += random(20)
      sender.send(random(4))
      const next = sender.recovery.sent(Space.application).nextPacketNumber
      if (next > 0 && random(2) === 0) {
        const largest = Math.max(0, next - 1 - random(6))
        const smallest = Math.max(0, largest - random(3))
        sender.ack([[smallest, largest]])
      }
      const at = sender.recovery.nextTimeout(sender.now, true)
      if (at !== undefined && at <= sender.now) sender.recovery.onTimeout(sender.now)
      for (const n of [...sender.acked.splice(0), ...sender.lost.splice(0)]) {
        assert.is(settled.has(n), false, `packet ${n} twice`)
        settled.add(n)
      }
    }
    const { nextPacketNumber } = sender.recovery.sent(Space.application)
    assert.is(sender.recovery.bytesInFlight, (nextPacketNumber - settled.size) * SIZE)
  }
})

test('a lost probe of the path MTU leaves the flight and is no sign of congestion', () => {
  const sender = new Sender()
  const { congestion, recovery } = sender
  sender.probe(9000)
  sender.send(4)
  assert.is(recovery.bytesInFlight, 9000 + 4 * SIZE)
  const before = congestion.congestionWindow
  sender.now += 40
  sender.ack([[2, 3]])
  assert.is(recovery.bytesInFlight, 2 * SIZE)
  assert.ok(congestion.congestionWindow >= before)
  assert.is(congestion.slowStartThreshold, Number.POSITIVE_INFINITY)
  assert.is(recovery.packetsLost, 0)
})

test('a lost probe of the path MTU does not hide the loss beside it', () => {
  for (const probeFirst of [true, false]) {
    const sender = new Sender()
    if (probeFirst) sender.probe(9000)
    sender.send(1)
    if (!probeFirst) sender.probe(9000)
    sender.send(4)
    sender.now += 40
    sender.ack([[2, 5]])
    assert.is(sender.congestion.congestionWindow, 6000)
    assert.is(sender.recovery.packetsLost, 1)
  }
})

test('probes of the path MTU alone are no persistent congestion', () => {
  const sender = new Sender()
  sender.send()
  sender.now += 40
  sender.ack([[0, 0]])
  for (let i = 0; i < 5; i++) {
    sender.probe(9000)
    sender.now += 1000
  }
  sender.send(4)
  sender.now += 40
  sender.ack([[6, 9]])
  assert.ok(sender.congestion.congestionWindow >= 12_000)
})

test('a probe timeout repeats data, not a probe of the path MTU', () => {
  const sender = new Sender()
  sender.probe(9000)
  sender.send(2)
  sender.recovery.repeatOldest(Space.application, 2)
  assert.equal(sender.lost, [1, 2])
})

test('a probe of the path MTU that nothing follows is found by the probe timeout', () => {
  const sender = new Sender()
  sender.probe(9000)
  assert.is(sender.fire(), Space.application)
})

test.run()
