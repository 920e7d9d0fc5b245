import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HandshakeQueue, type WaitingClient } from '../../../src/quic/endpoint/handshake-queue.ts'
import {
  MAX_DATAGRAMS_PER_WAITING_CLIENT,
  MAX_HANDSHAKES_PER_TURN,
  MAX_WAITING_CLIENTS,
} from '../../../src/quic/limits.ts'
import { FROM_CLIENT } from '../support/pair.ts'

const test = suite('quic/endpoint/handshake-queue')

function idOf(number: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, number >> 8, number)
}

function clientOf(number: number): WaitingClient {
  const id = idOf(number)
  return {
    destination: id,
    originalDestination: id,
    retrySource: undefined,
    source: id,
    datagrams: [Uint8Array.of(number)],
    metas: [FROM_CLIENT],
  }
}

/** A queue, with the clients that it has begun. */
function create(perSecond = 100_000) {
  const begun: { number: number; at: number; client: WaitingClient }[] = []
  const queue = new HandshakeQueue(perSecond, (client, at) =>
    begun.push({ number: client.destination[7]!, at, client }),
  )
  return { queue, begun }
}

test('a client alone is served in the call that brings it', () => {
  const { queue, begun } = create()
  for (let now = 1000; now < 1020; now++) assert.is(queue.add(clientOf(now & 0xff), now), true)
  assert.is(begun.length, 20)
  assert.is(queue.nextTimeout(), undefined)
})

test('of clients that come at once few are served at once, the others turn by turn, in their order', () => {
  const { queue, begun } = create()
  for (let i = 0; i < 20; i++) queue.add(clientOf(i), 1000)
  assert.is(begun.length, MAX_HANDSHAKES_PER_TURN)
  let turns = 0
  for (let now = 1000; queue.length > 0; now += 0.5, turns++) {
    assert.ok(queue.nextTimeout()! <= now, 'the next turn is due')
    const before = begun.length
    queue.onTimeout(now)
    assert.is(begun.length - before, MAX_HANDSHAKES_PER_TURN)
  }
  assert.is(turns, 20 / MAX_HANDSHAKES_PER_TURN - 1)
  assert.equal(
    begun.map(({ number }) => number),
    Array.from({ length: 20 }, (_, i) => i),
  )
})

test('who comes while others wait goes behind them', () => {
  const { queue, begun } = create()
  for (let i = 0; i < MAX_HANDSHAKES_PER_TURN + 1; i++) queue.add(clientOf(i), 1000)
  assert.is(queue.add(clientOf(50), 1001), false)
  queue.onTimeout(1001)
  assert.is(begun[MAX_HANDSHAKES_PER_TURN]!.number, MAX_HANDSHAKES_PER_TURN)
})

test('a second brings as many handshakes as it may, and a quarter more at its beginning', () => {
  const { queue, begun } = create(40)
  const begunBy = (time: number) => begun.filter(({ at }) => at <= time).length
  for (let i = 0; i < 60; i++) queue.add(clientOf(i), 1000)
  let steps = 0
  for (let at = queue.nextTimeout(); at !== undefined; at = queue.nextTimeout()) {
    assert.ok(++steps < 200, 'it spins')
    queue.onTimeout(at)
  }
  assert.is(begun.length, 60)
  assert.is(begunBy(1000), 10)
  assert.is(begunBy(1500), 30)
  assert.is(begunBy(2000), 50)
  // 50 wait for 25 ms each.
  assert.is(Math.round(begun[59]!.at), 2250)
})

test('an early timeout does nothing', () => {
  const { queue, begun } = create(4)
  for (let i = 0; i < 3; i++) queue.add(clientOf(i), 1000)
  queue.onTimeout(1000)
  const due = queue.nextTimeout()!
  assert.is(due, 1250)
  for (let now = 1000; now < due; now += 10) queue.onTimeout(now)
  assert.is(begun.length, 1)
  queue.onTimeout(due)
  assert.is(begun.length, 2)
})

test('what a client sends while it waits is kept with its Initial, up to a limit', () => {
  const { queue, begun } = create()
  for (let i = 0; i < MAX_HANDSHAKES_PER_TURN; i++) queue.add(clientOf(100 + i), 1000)
  queue.add(clientOf(1), 1000)
  for (let i = 2; i < 10; i++) {
    assert.is(queue.join(idOf(1), Uint8Array.of(i), FROM_CLIENT), true)
  }
  assert.is(queue.join(idOf(2), Uint8Array.of(1), FROM_CLIENT), false)
  assert.is(queue.length, 1)
  queue.onTimeout(1000)
  const { client } = begun.at(-1)!
  const kept = Array.from({ length: MAX_DATAGRAMS_PER_WAITING_CLIENT }, (_, i) => i + 1)
  assert.equal(
    client.datagrams.map(([first]) => first),
    kept,
  )
  assert.is(client.metas.length, kept.length)
  assert.is(queue.join(idOf(1), Uint8Array.of(1), FROM_CLIENT), false)
})

test('it is full at its limit', () => {
  const { queue } = create()
  for (let i = 0; i < MAX_HANDSHAKES_PER_TURN; i++) queue.add(clientOf(i), 1000)
  for (let i = 0; i < MAX_WAITING_CLIENTS; i++) {
    assert.is(queue.isFull, false)
    queue.add(clientOf(1000 + i), 1000)
  }
  assert.is(queue.isFull, true)
  queue.onTimeout(1000)
  assert.is(queue.isFull, false)
  queue.clear()
  assert.is(queue.length, 0)
  assert.is(queue.nextTimeout(), undefined)
})

test.run()
