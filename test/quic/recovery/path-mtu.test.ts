import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PathMtu } from '../../../src/quic/recovery/path-mtu.ts'
import { SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { Random } from '../../../src/sim/index.ts'

const test = suite('quic/recovery/path-mtu')
const MINUTE = 60_000

/** A sender that has a lot to send, on a path that carries `carries` bytes. */
class Sender {
  carries: number
  now = 1000
  next = 0
  readonly mtu: PathMtu
  readonly probes: number[] = []

  constructor(carries: number, ceiling = 9000, size = 1200) {
    this.carries = carries
    this.mtu = new PathMtu(size, ceiling)
    this.mtu.enter(this.next)
  }

  packet(size: number, isMtuProbe = false): SentPacket {
    const packet = new SentPacket()
    packet.reset(this.next++)
    packet.size = size
    packet.isMtuProbe = isMtuProbe
    return packet
  }

  /** One datagram, and what becomes of it. */
  send(size = this.mtu.size, arrives = size <= this.carries): void {
    const packet = this.packet(size)
    if (arrives) this.mtu.onAcked(packet, this.now)
    else this.mtu.onLost(packet, this.next, this.now)
  }

  /** A probe if one is due, and what becomes of it. */
  probe(arrives = this.mtu.dueProbe(this.now) <= this.carries): boolean {
    const size = this.mtu.dueProbe(this.now)
    if (size === 0) return false
    this.probes.push(size)
    const packet = this.packet(size, true)
    this.mtu.onProbeSent()
    if (arrives) this.mtu.onAcked(packet, this.now)
    else this.mtu.onLost(packet, this.next, this.now)
    return true
  }

  /** Sends datagrams, and a probe after each of them that allows one. */
  run(datagrams = 1000): void {
    for (let i = 0; i < datagrams; i++) {
      this.send()
      this.probe()
    }
  }
}

test('any size from 1,200 to 9,000 bytes is found to less than 20 bytes, and never exceeded', () => {
  const random = new Random(7)
  for (let i = 0; i < 1000; i++) {
    const carries = 1200 + random.int(7801)
    const sender = new Sender(carries)
    sender.run()
    const { size } = sender.mtu
    assert.ok(size <= carries && size > carries - 20, `${size} of ${carries}`)
    assert.ok(sender.probes.length <= 40, `${sender.probes.length} probes for ${carries}`)
  }
})

test('what is common is tried first', () => {
  const probesFor = (carries: number, ceiling?: number) => {
    const sender = new Sender(carries, ceiling)
    sender.run()
    return sender.probes
  }
  assert.equal(probesFor(1452), [1452, 1472, 1472, 1472])
  assert.equal(probesFor(1472), [1452, 1472, 1492, 1492, 1492])
  assert.equal(probesFor(9000), [1452, 1472, 1492, 8952, 8972, 9000])
})

test('no probe is larger than the ceiling, and the ceiling itself is found', () => {
  for (const ceiling of [1200, 1210, 1220, 1350, 1472, 1500, 4000, 8990]) {
    const sender = new Sender(9000, ceiling)
    sender.run()
    assert.ok(sender.mtu.size <= ceiling && sender.mtu.size > ceiling - 20)
    for (const size of sender.probes) assert.ok(size <= ceiling)
  }
})

test('it begins with the size that it is given, or the ceiling if that is less', () => {
  assert.is(new PathMtu(1400, 9000).size, 1400)
  assert.is(new PathMtu(1400, 1300).size, 1300)
})

test('a size is given up after three lost probes, not before', () => {
  const sender = new Sender(9000)
  for (let i = 0; i < 2; i++) {
    for (let n = 0; n < 8; n++) sender.send()
    sender.probe(false)
  }
  sender.run(8)
  assert.equal(sender.probes, [1452, 1452, 1452])
  assert.is(sender.mtu.size, 1452)
})

test('there is no second probe before it is known what became of the first', () => {
  const sender = new Sender(9000)
  assert.is(sender.mtu.dueProbe(sender.now), 0, 'nothing was acknowledged')
  for (let n = 0; n < 8; n++) sender.send()
  assert.is(sender.mtu.dueProbe(sender.now), 1452)
  const packet = sender.packet(1452, true)
  sender.mtu.onProbeSent()
  for (let n = 0; n < 100; n++) sender.send()
  assert.is(sender.mtu.dueProbe(sender.now), 0)
  sender.mtu.onAcked(packet, sender.now)
  assert.is(sender.mtu.dueProbe(sender.now), 1472)
})

test('small packets and lost ones do not make a probe due', () => {
  const sender = new Sender(9000)
  for (let n = 0; n < 1000; n++) {
    sender.send(100)
    sender.send(1200, false)
  }
  assert.is(sender.mtu.dueProbe(sender.now), 0)
})

test('ten minutes after a search a single size is tried, and a search follows where it passes', () => {
  const sender = new Sender(1472)
  sender.run()
  const count = sender.probes.length
  sender.now += 10 * MINUTE - 1
  sender.run()
  assert.is(sender.probes.length, count)
  sender.now += 1
  sender.run()
  assert.equal(sender.probes.slice(count), [1492, 1492, 1492])
  sender.carries = 9000
  sender.now += 10 * MINUTE
  sender.run()
  assert.is(sender.mtu.size, 9000)
})

test('at the ceiling there is nothing to look for again', () => {
  const sender = new Sender(9000)
  sender.run()
  const count = sender.probes.length
  sender.now += 100 * MINUTE
  sender.run()
  assert.is(sender.probes.length, count)
})

test('large packets lost in three rounds, none of their size acknowledged, are a black hole', () => {
  const sender = new Sender(9000)
  sender.run()
  sender.carries = 1300
  for (let round = 1; round <= 3; round++) {
    assert.not.ok(sender.mtu.isBlackHole, `in round ${round}`)
    sender.send()
    // Smaller ones arrive all the time.
    sender.send(1200)
    sender.send(1300)
  }
  assert.ok(sender.mtu.isBlackHole)
  sender.mtu.escape(sender.next, sender.now)
  assert.is(sender.mtu.size, 1200)
  assert.not.ok(sender.mtu.isBlackHole)
})

test('what was lost at once counts once', () => {
  const sender = new Sender(9000)
  sender.run()
  const packets = Array.from({ length: 100 }, () => sender.packet(9000))
  for (const packet of packets) sender.mtu.onLost(packet, sender.next, sender.now)
  assert.not.ok(sender.mtu.isBlackHole)
})

test('a packet as large that was sent later and arrived says that there is no black hole', () => {
  for (const [arriving, expected] of [
    [1400, false],
    [1399, true],
  ] as const) {
    const sender = new Sender(9000)
    sender.run()
    for (let round = 0; round < 10; round++) {
      sender.send(9000, false)
      sender.send(1400, false)
      sender.send(arriving, true)
    }
    assert.is(sender.mtu.isBlackHole, expected)
  }
})

test('a packet that was sent before the losses and arrives late says nothing', () => {
  const sender = new Sender(9000)
  sender.run()
  const early = sender.packet(9000)
  for (let round = 0; round < 3; round++) sender.send(9000, false)
  sender.mtu.onAcked(early, sender.now)
  assert.ok(sender.mtu.isBlackHole)
})

test('lost probes and lost small packets are no black hole', () => {
  const sender = new Sender(1200)
  for (let n = 0; n < 2000; n++) {
    sender.send(1200, n % 3 > 0)
    sender.probe()
  }
  assert.ok(sender.probes.length >= 6)
  assert.not.ok(sender.mtu.isBlackHole)
})

test('after a black hole the search begins anew, a minute later', () => {
  const sender = new Sender(9000)
  sender.run()
  const count = sender.probes.length
  sender.mtu.escape(sender.next, sender.now)
  sender.carries = 1472
  sender.now += MINUTE - 1
  sender.run()
  assert.is(sender.probes.length, count)
  sender.now += 1
  sender.run()
  assert.is(sender.mtu.size, 1472)
})

test('what was sent before a black hole was seen, or on another path, counts no more', () => {
  const sender = new Sender(9000)
  sender.run(100)
  const before = [sender.packet(9000), sender.packet(9000), sender.packet(9000, true)] as const
  sender.mtu.onProbeSent()
  sender.mtu.escape(sender.next, sender.now)
  sender.mtu.onAcked(before[0], sender.now)
  sender.mtu.onLost(before[1], sender.next, sender.now)
  sender.mtu.onAcked(before[2], sender.now)
  assert.is(sender.mtu.size, 1200)
  sender.now += MINUTE
  sender.run(8)
  assert.is(sender.probes.at(-1), 1452, 'the probe that was under way does not hold up the next')
})

test.run()
