import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Scheduling } from '../../../src/quic/connection/owner.ts'
import { Scheduler } from '../../../src/quic/endpoint/scheduler.ts'
import { type Connection, DatagramBatch } from '../../../src/quic/index.ts'
import { MAX_DATAGRAMS_PER_TURN } from '../../../src/quic/limits.ts'
import { CLIENT, SERVER } from '../support/pair.ts'

const test = suite('quic/endpoint/scheduler')

/** What a scheduler sees of a connection. */
class Toy {
  readonly scheduling = new Scheduling(this as unknown as Connection)
  isGone = false
  deadline: number | undefined = undefined
  readonly fired: number[] = []
  backlog = 0
  private readonly mark: number

  constructor(mark: number) {
    this.mark = mark
  }

  get connection(): Connection {
    return this as unknown as Connection
  }

  nextTimeout(): number | undefined {
    return this.deadline
  }

  onTimeout(now: number): void {
    this.fired.push(now)
    this.deadline = undefined
  }

  transmit(_now: number, out: DatagramBatch, limit: number): boolean {
    for (let i = 0; i < limit && this.backlog > 0; i++) {
      const buffer = out.next()
      if (buffer === undefined) return true
      buffer[0] = this.mark
      out.commit(1, CLIENT, SERVER)
      this.backlog--
    }
    return this.backlog > 0
  }
}

function transmit(scheduler: Scheduler, now: number, capacity = 1000): number[] {
  const batch = new DatagramBatch(capacity, () => new Uint8Array(1))
  scheduler.transmit(now, batch)
  return batch.datagrams.slice(0, batch.count).map((datagram) => datagram[0]!)
}

test('connections with much to send take turns', () => {
  const scheduler = new Scheduler(() => {})
  const toys = [new Toy(0), new Toy(1)]
  for (const toy of toys) {
    toy.backlog = 2 * MAX_DATAGRAMS_PER_TURN
    scheduler.onWork(toy.connection)
    scheduler.onWork(toy.connection)
  }
  const sent = transmit(scheduler, 1000)
  assert.is(sent.length, 4 * MAX_DATAGRAMS_PER_TURN)
  const turns = [0, 1, 2, 3].map((turn) => sent[turn * MAX_DATAGRAMS_PER_TURN])
  assert.equal(turns, [0, 1, 0, 1])
})

test('a connection that is gone is let go, however far its deadline is', () => {
  const gone: unknown[] = []
  const scheduler = new Scheduler((connection) => gone.push(connection))
  const toy = new Toy(0)
  toy.deadline = 600_000
  scheduler.onWork(toy.connection)
  transmit(scheduler, 1000)
  assert.is(scheduler.nextTimeout(), 600_000)
  toy.isGone = true
  scheduler.onWork(toy.connection)
  transmit(scheduler, 2000)
  assert.equal(gone, [toy])
  assert.is(scheduler.nextTimeout(), undefined)
  scheduler.onTimeout(600_000)
  assert.equal(toy.fired, [])
})

test('a full batch ends a turn, and the next one goes on', () => {
  const scheduler = new Scheduler(() => {})
  const toy = new Toy(3)
  toy.backlog = 10
  scheduler.onWork(toy.connection)
  assert.is(transmit(scheduler, 1000, 4).length, 4)
  assert.is(transmit(scheduler, 1000).length, 6)
  assert.is(transmit(scheduler, 1000).length, 0)
})

test('a deadline is served when it has come, not before', () => {
  const scheduler = new Scheduler(() => {})
  const toy = new Toy(0)
  toy.deadline = 1500
  scheduler.onWork(toy.connection)
  transmit(scheduler, 1000)
  assert.is(scheduler.nextTimeout(), 1500)
  scheduler.onTimeout(1499)
  assert.equal(toy.fired, [])
  scheduler.onTimeout(1500)
  assert.equal(toy.fired, [1500])
  transmit(scheduler, 1500)
  assert.is(scheduler.nextTimeout(), undefined)
})

test('a deadline that has moved away costs one wake-up and is served later', () => {
  const scheduler = new Scheduler(() => {})
  const toy = new Toy(0)
  toy.deadline = 1500
  scheduler.onWork(toy.connection)
  transmit(scheduler, 1000)
  toy.deadline = 3000
  scheduler.onTimeout(1500)
  assert.equal(toy.fired, [])
  assert.is(scheduler.nextTimeout(), 3000)
})

test('a deadline that moves back a little with every packet stays where it is until it has come', () => {
  const scheduler = new Scheduler(() => {})
  const toy = new Toy(0)
  for (let at = 1000; at < 1004; at++) {
    toy.deadline = at + 26
    scheduler.onWork(toy.connection)
    transmit(scheduler, at)
    assert.is(scheduler.nextTimeout(), 1026)
  }
  scheduler.onTimeout(1026)
  assert.equal(toy.fired, [])
  assert.is(scheduler.nextTimeout(), 1029)
})

test('a deadline that came near and has moved far away again wakes nobody up', () => {
  const scheduler = new Scheduler(() => {})
  const toy = new Toy(0)
  for (const [deadline, at] of [
    [31_000, 1000],
    [1025, 1000],
    [40_000, 1010],
  ] as const) {
    toy.deadline = deadline
    scheduler.onWork(toy.connection)
    transmit(scheduler, at)
  }
  assert.is(scheduler.nextTimeout(), 40_000)
  scheduler.onTimeout(40_000)
  assert.equal(toy.fired, [40_000])
  assert.is(scheduler.nextTimeout(), undefined)
})

test('who is gone is told of after its last words', () => {
  const gone: Connection[] = []
  const scheduler = new Scheduler((connection) => gone.push(connection))
  const toy = new Toy(0)
  toy.isGone = true
  scheduler.onWork(toy.connection)
  transmit(scheduler, 1000)
  assert.is(gone[0], toy.connection)
})

test('each connection with events is named once', () => {
  const scheduler = new Scheduler(() => {})
  const toys = [new Toy(0), new Toy(1)]
  for (const toy of [...toys, ...toys]) scheduler.onEvents(toy.connection)
  assert.is(scheduler.nextWithEvents(), toys[0]!.connection)
  assert.is(scheduler.nextWithEvents(), toys[1]!.connection)
  assert.is(scheduler.nextWithEvents(), undefined)
})

test.run()
