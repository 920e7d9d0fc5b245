import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type LinkOptions,
  profiles,
  SimulationError,
  Simulator,
  type SimulatorOptions,
} from '../../src/sim/index.ts'
import { A, B, Echo, Recorder, RepeatingSender } from './toys.ts'

const test = suite('sim/simulator')

const never = () => false

function pair(
  options: LinkOptions | { ab: LinkOptions; ba: LinkOptions },
  simulatorOptions: SimulatorOptions = { seed: 1 },
) {
  const simulator = new Simulator(simulatorOptions)
  const a = new Recorder()
  const b = new Recorder()
  const nodeA = simulator.addNode(a, A)
  const nodeB = simulator.addNode(b, B)
  simulator.link(nodeA, nodeB, options)
  return { simulator, a, b, nodeA, nodeB }
}

function reasonOf(action: () => void): string | undefined {
  try {
    action()
  } catch (error) {
    assert.instance(error, SimulationError)
    return (error as SimulationError).reason
  }
  return undefined
}

test('a datagram arrives with its bytes, both addresses and the time of the link', () => {
  const { simulator, a, b } = pair({ delay: 15 }, { seed: 1, startTime: 1000 })
  a.send(Uint8Array.of(1, 2, 3), B)
  simulator.run({ until: () => b.inbox.length === 1, maxTime: 100 })
  assert.is(simulator.now, 1015)
  assert.equal(b.inbox, [
    { bytes: Uint8Array.of(1, 2, 3), meta: { remote: A, local: B, ecn: 0 }, at: 1015 },
  ])
})

test('the two directions have effects of their own', () => {
  const { simulator, a, b } = pair({ ab: { delay: 10 }, ba: { delay: 20, drop: [1] } })
  for (const byte of [1, 2]) {
    a.send(Uint8Array.of(byte), B)
    b.send(Uint8Array.of(byte), A)
  }
  simulator.runFor(100)
  assert.equal(
    b.inbox.map(({ bytes, at }) => [bytes[0], at]),
    [
      [1, 10],
      [2, 10],
    ],
  )
  assert.equal(
    a.inbox.map(({ bytes, at }) => [bytes[0], at]),
    [[2, 20]],
  )
})

test('one set of options gives each direction state of its own', () => {
  const { simulator, a, b } = pair({ drop: [2] })
  for (const byte of [1, 2, 3]) {
    a.send(Uint8Array.of(byte), B)
    b.send(Uint8Array.of(byte), A)
  }
  simulator.runFor(1)
  assert.equal(a.firstBytes, [1, 3])
  assert.equal(b.firstBytes, [1, 3])
})

test('more datagrams than a batch holds are sent in one turn', () => {
  const { simulator, a, b } = pair({})
  for (let i = 0; i < 100; i++) a.send(Uint8Array.of(i), B)
  simulator.runFor(0)
  assert.equal(
    b.firstBytes,
    Array.from({ length: 100 }, (_, i) => i),
  )
  assert.is(simulator.now, 0)
})

test('what a machine does to the bytes it received stays with it', () => {
  const { simulator, a, b } = pair({ duplicate: 1 }, { seed: 1, trace: true })
  a.send(Uint8Array.of(5), B)
  simulator.run({ until: () => b.inbox.length === 1, maxTime: 1 })
  b.inbox[0]!.bytes[0] = 77
  simulator.runFor(0)
  assert.is(b.inbox[1]!.bytes[0], 5)
  assert.is(simulator.trace[0]!.bytes[0], 5)
})

test('a timeout is called at its time; one that was moved is not called at the old one', () => {
  const { simulator, a, nodeA } = pair({})
  a.deadline = 50
  simulator.at(10, () => {
    a.deadline = 30
    simulator.wake(nodeA)
  })
  simulator.at(20, () => {
    a.deadline = 80
    simulator.wake(nodeA)
  })
  simulator.runFor(200)
  assert.equal(a.timeouts, [80])
  assert.is(simulator.now, 200)
})

test('a timeout in the past is called at once, one that was taken back never', () => {
  const { simulator, a, b, nodeB } = pair({}, { seed: 1, startTime: 500 })
  a.deadline = 20
  b.deadline = 600
  simulator.at(550, () => {
    b.deadline = undefined
    simulator.wake(nodeB)
  })
  simulator.runFor(1000)
  assert.equal(a.timeouts, [500])
  assert.equal(b.timeouts, [])
})

test('the application has its turn after each event and before the machine transmits', () => {
  const simulator = new Simulator({ seed: 1 })
  const a = new Recorder()
  const b = new Recorder()
  const turns: number[] = []
  const nodeA = simulator.addNode(a, A, (now) => turns.push(now))
  const nodeB = simulator.addNode(b, B, () => {
    if (b.inbox.length > b.timeouts.length) {
      b.timeouts.push(0)
      b.send(Uint8Array.of(9), A)
    }
  })
  simulator.link(nodeA, nodeB, { delay: 5 })
  a.deadline = 20
  a.send(Uint8Array.of(1), B)
  simulator.runFor(50)
  assert.equal(a.inbox[0]?.at, 10)
  // At its start, when the answer came, and at its timeout.
  assert.equal(turns, [0, 10, 20])
})

test('actions of one time run in the order in which they were asked for', () => {
  const simulator = new Simulator({ seed: 1 })
  const order: string[] = []
  simulator.at(5, () => order.push('second'))
  simulator.at(5, () => order.push('third'))
  simulator.at(4, () => order.push('first'))
  simulator.runFor(10)
  assert.equal(order, ['first', 'second', 'third'])
})

test('a run whose condition can no longer be met says so', () => {
  const { simulator } = pair({})
  assert.is(
    reasonOf(() => simulator.run({ until: never, maxTime: 1e9 })),
    'deadlock',
  )
})

test('a run that takes more time or events than it may says so', () => {
  const simulator = new Simulator({ seed: 1 })
  const again = () => simulator.at(simulator.now + 10, again)
  again()
  assert.is(
    reasonOf(() => simulator.run({ until: never, maxTime: 1000 })),
    'time',
  )
  assert.ok(simulator.now <= 1000)
  assert.is(
    reasonOf(() => simulator.run({ until: never, maxTime: 1e9, maxEvents: 50 })),
    'events',
  )
})

test('a machine whose timeout does not move on is found out', () => {
  const { simulator, a } = pair({})
  a.deadline = 7
  a.onTimeout = () => {}
  assert.is(
    reasonOf(() => simulator.runFor(10)),
    'stuck',
  )
})

test('a machine whose transmit does not end is found out', () => {
  const { simulator, a } = pair({})
  a.transmit = () => true
  assert.is(
    reasonOf(() => simulator.runFor(10)),
    'stuck',
  )
})

test('what goes to nobody, or where there is no link, is lost', () => {
  const { simulator, a, b, nodeB } = pair({}, { seed: 1, trace: true })
  const stranger = new Recorder()
  const C = { address: '10.0.0.3', port: 3000 }
  simulator.addNode(stranger, C)
  a.send(Uint8Array.of(1), { address: '10.9.9.9', port: 1 })
  a.send(Uint8Array.of(2), C)
  a.send(Uint8Array.of(3), B)
  simulator.runFor(1)
  assert.is(stranger.inbox.length, 0)
  assert.equal(b.firstBytes, [3])
  assert.is(nodeB.receivedCount, 1)
  assert.equal(
    simulator.trace.map(({ fate }) => fate),
    ['unroutable', 'unroutable', 'delivered'],
  )
})

test('after a rebind the others see the new address and the old one is dead', () => {
  const { simulator, a, b, nodeA } = pair({ delay: 10 })
  const rebound = { address: '10.0.0.77', port: 4321 }
  a.send(Uint8Array.of(1), B)
  // Under way to the old address when the NAT forgets it.
  simulator.at(15, () => b.send(Uint8Array.of(2), A))
  simulator.at(15, () => simulator.wake(simulator.nodeAt(B)!))
  simulator.at(20, () => {
    simulator.rebind(nodeA, rebound)
    a.send(Uint8Array.of(3), B)
    simulator.wake(nodeA)
  })
  simulator.at(40, () => {
    b.send(Uint8Array.of(4), A)
    b.send(Uint8Array.of(5), rebound)
    simulator.wake(simulator.nodeAt(B)!)
  })
  simulator.runFor(100)
  assert.equal(
    b.inbox.map(({ meta }) => meta.remote),
    [A, rebound],
  )
  assert.equal(a.firstBytes, [5])
  assert.equal(a.inbox[0]!.meta.local, A)
})

test('an address belongs to one node', () => {
  const { simulator, nodeA } = pair({})
  assert.throws(() => simulator.addNode(new Recorder(), B), RangeError)
  assert.throws(() => simulator.rebind(nodeA, B), RangeError)
})

test('the trace tells of every datagram when it went, where, and what became of it', () => {
  const { simulator, a } = pair(
    {
      drop: [2],
      delay: 10,
      elements: () => [
        {
          name: 'flipFourth',
          receive: (packet, _now, out) => {
            if (packet.bytes[0] === 4) {
              packet.bytes = Uint8Array.of(40)
              out.mark(packet)
            }
            out.forward(packet, 0)
          },
        },
      ],
    },
    { seed: 1, trace: true },
  )
  for (const byte of [1, 2, 3, 4]) a.send(Uint8Array.of(byte), B)
  simulator.runFor(9)
  assert.equal(
    simulator.trace.map(({ fate }) => fate),
    ['inFlight', 'dropped', 'inFlight', 'inFlight'],
  )
  simulator.runFor(10)
  const common = { sentAt: 0, from: A, to: B }
  const delivered = { ...common, fate: 'delivered', deliveredAt: 10 }
  assert.equal(simulator.trace, [
    { ...delivered, bytes: Uint8Array.of(1), marks: [] },
    { ...common, fate: 'dropped', droppedBy: 'dropList', bytes: Uint8Array.of(2), marks: [] },
    { ...delivered, bytes: Uint8Array.of(3), marks: [] },
    { ...delivered, bytes: Uint8Array.of(4), marks: ['flipFourth'] },
  ])
})

test('of two copies the one that arrives decides the fate', () => {
  let copies = 0
  const { simulator, a } = pair(
    {
      duplicate: 1,
      jitter: 1,
      elements: () => [
        {
          name: 'twice',
          receive: (packet, _now, out) => {
            out.forward(packet, 0)
            out.forward({ ...packet }, 5)
          },
        },
        {
          name: 'dropSecond',
          receive: (packet, _now, out) => {
            if (++copies === 2) out.drop(packet)
            else out.forward(packet, 0)
          },
        },
      ],
    },
    { seed: 1, trace: true },
  )
  a.send(Uint8Array.of(1), B)
  simulator.runFor(10)
  assert.is(copies, 2)
  const [record] = simulator.trace
  assert.is(record?.fate, 'delivered')
  assert.is(record?.droppedBy, undefined)
  assert.equal(record?.marks, ['duplicate'])
})

function transfer(seed: number, options: LinkOptions, total = 200) {
  const simulator = new Simulator({ seed })
  const sender = new RepeatingSender(total, B)
  const a = simulator.addNode(sender, A)
  const b = simulator.addNode(new Echo(), B)
  simulator.link(a, b, options)
  simulator.run({ until: () => sender.isDone, maxTime: 600_000 })
  return { time: simulator.now, digest: simulator.digest, sent: a.sentCount }
}

const rough: LinkOptions = {
  ...profiles.mobile,
  burstLoss: { rate: 0.3, meanBurst: 3 },
  corrupt: { rate: 0.05 },
  duplicate: 0.05,
  reorder: { rate: 0.1, delay: 20 },
}

test('the same seed gives the same run to the last byte', () => {
  assert.equal(transfer(42, rough), transfer(42, rough))
})

test('another seed gives another run', () => {
  const digests = new Set(Array.from({ length: 20 }, (_, seed) => transfer(seed, rough).digest))
  assert.is(digests.size, 20)
})

test('a protocol that repeats what is lost gets through every profile', () => {
  for (const [name, profile] of Object.entries(profiles)) {
    const { sent } = transfer(5, profile)
    assert.ok(sent >= 200, name)
  }
})

test('without loss nothing is repeated, and time is what the link makes it', () => {
  const { time, sent } = transfer(1, { delay: 20 }, 80)
  assert.is(sent, 80)
  // Ten rounds of eight, 40 ms each.
  assert.is(time, 400)
})

test.run()
