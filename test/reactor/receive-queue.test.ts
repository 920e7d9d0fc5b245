import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatagramMeta } from '../../src/quic/index.ts'
import {
  MAX_DATAGRAMS_PER_FLOW,
  MAX_DATAGRAMS_PER_TURN,
  MAX_WAITING_DATAGRAMS,
  MAX_WAITING_PER_FLOW,
} from '../../src/reactor/limits.ts'
import { ReceiveQueue } from '../../src/reactor/receive-queue.ts'
import { A, B, Recorder } from '../sim/toys.ts'

const test = suite('reactor/receive-queue')
const META: DatagramMeta = { remote: A, local: B, ecn: 0 }

/** A datagram's first byte tells what it belongs to; 0 belongs to nothing. */
class Flows extends Recorder {
  lookUps = 0
  private readonly flows = Array.from({ length: 256 }, () => ({}))

  flowOf(datagram: Uint8Array): object | undefined {
    this.lookUps++
    return datagram[0] === 0 ? undefined : this.flows[datagram[0]!]
  }

  /** What came since the last call: of one flow, or of all. */
  take(flow?: number): number[] {
    const came = this.inbox.splice(0).filter(({ bytes }) => (flow ?? bytes[0]) === bytes[0])
    return came.map(({ bytes }) => (flow === undefined ? bytes[0]! : bytes[1]!))
  }
}

function create() {
  const machine = new Flows()
  const queue = new ReceiveQueue(machine)
  const push = (flow: number, count = 1, first = 0) => {
    for (let i = 0; i < count; i++) queue.push(Uint8Array.of(flow, first + i), META)
  }
  return { machine, queue, push }
}

test('few datagrams are handed over in the order in which they came, unsorted', () => {
  const { machine, queue, push } = create()
  for (let i = 0; i < MAX_DATAGRAMS_PER_FLOW; i++) push(i % 3)
  queue.drain(1)
  assert.equal(
    machine.take(),
    Array.from({ length: MAX_DATAGRAMS_PER_FLOW }, (_, i) => i % 3),
  )
  assert.is(machine.lookUps, 0)
  assert.is(queue.isEmpty, true)
})

test('a flow that is alone has all of a turn, and keeps its order over several', () => {
  const { machine, queue, push } = create()
  const total = 2 * MAX_DATAGRAMS_PER_TURN - 20
  push(1, total)
  const seen: number[] = []
  const counts: number[] = []
  for (let turn = 0; !queue.isEmpty; turn++) {
    if (turn === 1) push(1, 15, total)
    queue.drain(turn)
    const came = machine.take(1)
    counts.push(came.length)
    seen.push(...came)
  }
  assert.equal(counts, [MAX_DATAGRAMS_PER_TURN, MAX_DATAGRAMS_PER_TURN - 5])
  assert.equal(
    seen,
    Array.from({ length: total + 15 }, (_, i) => i),
  )
})

test('who floods makes itself wait: what others send is handed over in the turn in which it comes', () => {
  const { machine, queue, push } = create()
  for (let turn = 0; turn < 50; turn++) {
    push(7, 200)
    push(9, 3)
    queue.drain(turn)
    const came = machine.take()
    assert.is(came.filter((flow) => flow === 9).length, 3, `turn ${turn}`)
    assert.is(came.filter((flow) => flow === 7).length, MAX_DATAGRAMS_PER_FLOW)
  }
})

test('with many floods everybody is served within as many turns as it takes to go round', () => {
  const { machine, queue, push } = create()
  const flooding = 20
  for (let flow = 1; flow <= flooding; flow++) push(flow, 40)
  push(99)
  let turns = 0
  do {
    assert.ok(turns++ < 5, 'the modest one is starved')
    queue.drain(turns)
    assert.ok(machine.inbox.length <= MAX_DATAGRAMS_PER_TURN)
  } while (!machine.take().includes(99))
})

test('datagrams of one flow wait up to a cap, the newest are dropped', () => {
  const { machine, queue, push } = create()
  push(1, MAX_WAITING_PER_FLOW + 5)
  push(2, 1)
  queue.drain(0)
  assert.is(queue.droppedCount, 5)
  let count = machine.take(1).length
  while (!queue.isEmpty) {
    queue.drain(0)
    count += machine.take(1).length
  }
  assert.is(count, MAX_WAITING_PER_FLOW)
})

test('all that waits, of whatever flow, is limited', () => {
  const { queue, push } = create()
  for (let flow = 0; flow < 256; flow++) push(flow, 4)
  queue.drain(0)
  for (let flow = 0; flow < 256; flow++) push(flow, 4)
  assert.is(queue.droppedCount, MAX_WAITING_DATAGRAMS - MAX_DATAGRAMS_PER_TURN)
})

test('what belongs to no connection is one flow: a flood of it leaves connections their turn', () => {
  const { machine, queue, push } = create()
  push(0, 250)
  push(3)
  queue.drain(0)
  assert.ok(machine.take().includes(3))
})

test('a queue that was cleared hands over nothing', () => {
  const { machine, queue, push } = create()
  push(1, 100)
  queue.drain(0)
  push(2, 5)
  machine.take()
  queue.clear()
  assert.is(queue.isEmpty, true)
  queue.drain(1)
  assert.equal(machine.take(), [])
})

test.run()
