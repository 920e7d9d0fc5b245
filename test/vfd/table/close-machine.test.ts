import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type CloseEffects,
  CloseMachine,
  type ConnectionRecord,
  SessionDirectory,
} from '../../../src/vfd/index.ts'
import { INIT } from '../support.ts'

const test = suite('vfd/table/close-machine')

class World implements CloseEffects<string> {
  readonly directory = new SessionDirectory<string>({ maxConnections: 8, sessionSlots: 16 })
  readonly machine = new CloseMachine(this.directory, this)
  readonly log: string[] = []
  notifies = true
  /** Workers acknowledge by themselves, within the call. */
  answers = false
  queued = false
  /** The transport tells of its own end while it is closed. */
  echoes = false

  open(ready = true): ConnectionRecord<string> {
    const record = this.directory.add('connection', INIT, 1_000)!
    record.ready = ready
    return record
  }

  notifyWorker({ sessionId }: ConnectionRecord<string>, actively: boolean): void {
    this.log.push(`onClose ${sessionId} ${actively ? 'actively' : 'by peer'}`)
    if (this.answers) this.machine.acknowledge(sessionId)
  }

  hasQueuedData(): boolean {
    return this.queued
  }

  closeTransport(record: ConnectionRecord<string>): void {
    assert.is(record.connection, 'connection', 'the record is whole')
    const how = record.closeReset ? 'reset' : record.closeForce ? 'force' : 'close'
    this.log.push(`${how} ${record.sessionId}`)
    if (this.echoes) this.machine.peerClosed(record.sessionId)
  }

  /** What happened, and that nothing is left. */
  check(...expected: string[]): void {
    assert.equal(this.log, expected)
    assert.is(this.directory.size, 0)
    assert.is(this.directory.stats.closeCount, 1)
  }
}

const worlds = (): World[] =>
  [true, false].flatMap((answers) =>
    [true, false].map((echoes) => Object.assign(new World(), { answers, echoes })),
  )

/** Each way to end, with workers that answer at once and later; onClose is to run exactly once. */
const ways: [string, string, (world: World, record: ConnectionRecord<string>) => void][] = [
  ['the peer closes', 'by peer', ({ machine }, { sessionId }) => machine.peerClosed(sessionId)],
  [
    'it times out, twice noticed',
    'by peer',
    ({ machine }, { sessionId }) => {
      machine.peerClosed(sessionId, 1)
      machine.peerClosed(sessionId, 2)
    },
  ],
  ['the server closes', 'actively', ({ machine }, { sessionId }) => machine.close(sessionId)],
  [
    'the server resets',
    'actively',
    ({ machine }, { sessionId }) => machine.close(sessionId, { reset: true }),
  ],
  [
    'the server closes twice',
    'actively',
    ({ machine }, { sessionId }) => {
      machine.close(sessionId)
      machine.close(sessionId)
    },
  ],
  [
    'both close, the peer first',
    'by peer',
    ({ machine }, { sessionId }) => {
      machine.peerClosed(sessionId)
      machine.close(sessionId)
    },
  ],
  [
    'both close, the server first',
    'actively',
    ({ machine }, { sessionId }) => {
      machine.close(sessionId)
      machine.peerClosed(sessionId)
    },
  ],
  [
    'the heartbeat finds it idle, twice',
    'actively',
    ({ machine }) => {
      machine.closeIdle(5_000, 1_000)
      machine.closeIdle(5_000, 1_000)
    },
  ],
  [
    'it is forced while it closes',
    'actively',
    ({ machine }, { sessionId }) => {
      machine.close(sessionId)
      machine.force(sessionId)
    },
  ],
  [
    'its worker dies while it closes',
    'actively',
    ({ machine }, { sessionId }) => {
      machine.close(sessionId)
      machine.workerLost(3)
      machine.workerLost(3)
    },
  ],
]

for (const [way, who, run] of ways)
  test(`onClose runs exactly once and everything is freed when ${way}`, () => {
    for (const world of worlds()) {
      const record = world.open()
      record.workerId = 3
      const { sessionId } = record
      run(world, record)
      world.machine.acknowledge(sessionId)
      world.machine.acknowledge(sessionId)
      assert.equal(
        world.log.filter((line) => line.startsWith('onClose')),
        [`onClose ${sessionId} ${who}`],
      )
      assert.is(world.log.length, 2, 'and the transport was closed once, after it')
      assert.is(world.directory.size, 0)
      assert.is(world.directory.stats.closeCount, 1)
      assert.is(world.machine.close(sessionId), 'unknown')
    }
  })

test('a number is not free before the worker has acknowledged', () => {
  const world = new World()
  const { sessionId, vfd } = world.open()
  world.machine.peerClosed(sessionId, 0x10c)
  assert.is(world.directory.size, 1)
  assert.is(world.directory.find(sessionId)?.closeError, 0x10c)
  assert.is.not(world.open().vfd, vfd)
  world.machine.acknowledge(sessionId)
  assert.is(world.open().vfd, vfd)
})

test('what is queued is sent first, then the connection is closed', () => {
  const world = new World()
  world.queued = true
  const { sessionId } = world.open()
  assert.is(world.machine.close(sessionId), 'accepted')
  assert.is(world.machine.close(sessionId), 'closing')
  world.machine.acknowledge(sessionId)
  assert.is(world.machine.close(sessionId), 'closed')
  world.machine.drained(sessionId)
  assert.is(world.directory.size, 1, 'there is still something queued')
  world.queued = false
  world.machine.drained(sessionId)
  world.check('onClose 1 actively', 'close 1')
})

for (const [way, run, how] of [
  [
    'a reset',
    (world: World) => assert.is(world.machine.close(1, { reset: true }), 'accepted'),
    'reset',
  ],
  ['force', (world: World) => world.machine.force(1), 'force'],
  ['the peer', (world: World) => world.machine.peerClosed(1), 'close'],
] as const)
  test(`a close that waits for queued data is ended by ${way}`, () => {
    const world = new World()
    world.queued = true
    world.open()
    world.machine.close(1)
    world.machine.acknowledge(1)
    run(world)
    world.check('onClose 1 actively', `${how} 1`)
  })

test('a reset while onClose runs does not wait for queued data', () => {
  const world = new World()
  world.queued = true
  world.open()
  world.machine.close(1)
  assert.is(world.machine.close(1, { reset: true }), 'closing')
  world.machine.acknowledge(1)
  world.check('onClose 1 actively', 'reset 1')
})

test('a connection whose handshake never ended has no onClose', () => {
  for (const end of [
    (world: World) => world.machine.peerClosed(1),
    (world: World) => world.machine.force(1),
  ]) {
    for (const world of worlds()) {
      world.log.length = 0
      world.open(false)
      assert.is(world.machine.close(1), 'unknown')
      end(world)
      assert.is(world.log.length, 1)
      assert.is(world.directory.size, 0)
    }
  }
})

test('without anyone to tell, closing goes straight to its second phase', () => {
  const peer = new World()
  peer.notifies = false
  peer.open()
  peer.machine.peerClosed(1)
  peer.check('close 1')
  const own = new World()
  own.notifies = false
  own.open()
  assert.is(own.machine.close(1), 'accepted')
  own.check('close 1')
})

test('a worker that is lost ends only the closes that it had to acknowledge', () => {
  const world = new World()
  const records = [world.open(), world.open(), world.open()]
  for (const record of records) record.workerId = 0
  records[2]!.workerId = 1
  world.machine.close(1)
  world.machine.close(3)
  world.machine.workerLost(0)
  assert.is(world.directory.find(1), undefined)
  assert.ok(world.directory.verify(2))
  assert.ok(world.directory.verify(3)?.closing)
})

test('an acknowledgement that is not due, or of a stale id, changes nothing', () => {
  const world = new World()
  world.open()
  world.machine.acknowledge(1)
  assert.is(world.directory.size, 1)
  world.machine.close(1)
  world.machine.acknowledge(1)
  const again = world.open()
  assert.is(again.sessionId, 2)
  world.machine.acknowledge(1)
  world.machine.peerClosed(1)
  world.machine.drained(1)
  world.machine.force(1)
  assert.is(world.directory.size, 1)
  assert.is(again.closed, false)
})

test('a transport that throws on its end leaves no record behind', () => {
  const world = new World()
  world.closeTransport = () => {
    throw new Error('broken')
  }
  world.open()
  world.machine.close(1)
  assert.throws(() => world.machine.acknowledge(1), 'broken')
  assert.is(world.directory.size, 0)
})

test.run()
