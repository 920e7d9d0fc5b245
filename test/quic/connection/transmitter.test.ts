import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Connection, DatagramBatch, NewReno } from '../../../src/quic/index.ts'
import { MAX_DATAGRAMS_PER_TURN } from '../../../src/quic/limits.ts'
import { Pair } from '../support/pair.ts'
import { stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection/transmitter')

function batch(capacity: number): DatagramBatch {
  return new DatagramBatch(capacity, () => new Uint8Array(9000))
}

function setWindow(pair: Pair, bytes: number): void {
  const { congestion } = stateOf(pair.client.connection).recovery
  assert.instance(congestion, NewReno)
  ;(congestion as NewReno).congestionWindow = bytes
}

/** A client with a window wide enough, and more to send than one turn takes. */
function busy(): Pair {
  const pair = Pair.connected()
  const { connection } = pair.client
  setWindow(pair, 1e6)
  pair.now++ // the pacer's bucket fills with time
  connection.write(connection.openStream('uni')!, new Uint8Array(200_000), true)
  return pair
}

test('a turn ends at the limit, and says that there is more', () => {
  const pair = busy()
  const out = batch(1000)
  assert.is(pair.client.connection.transmit(pair.now, out, MAX_DATAGRAMS_PER_TURN), true)
  assert.is(out.count, MAX_DATAGRAMS_PER_TURN)
})

test('a full batch ends a turn, and nothing is lost by it', () => {
  const pair = busy()
  const { connection } = pair.client
  let bytes = 0
  for (let turns = 0; ; turns++) {
    assert.ok(turns < 1000)
    const out = batch(3)
    const more = connection.transmit(pair.now, out, MAX_DATAGRAMS_PER_TURN)
    for (let i = 0; i < out.count; i++) {
      bytes += out.datagrams[i]!.length
      pair.deliver([out.datagrams[i]!], 'toServer')
    }
    if (!more) break
  }
  assert.ok(bytes > 200_000)
  const id = 2
  let read = 0
  for (let piece = pair.server.connection.read(id); piece; piece = pair.server.connection.read(id))
    read += piece.length
  assert.is(read, 200_000)
})

/** A client with a stream that makes no packets of its own, and something in it. */
function patient(): { pair: Pair; connection: Connection; id: number } {
  const pair = Pair.connected()
  pair.run(1000) // no acknowledgement is owed
  const { connection } = pair.client
  const id = connection.openStream('uni')!
  connection.setPatient(id)
  connection.write(id, Uint8Array.of(1, 2, 3), false)
  assert.equal(pair.flush(pair.client), [])
  return { pair, connection, id }
}

test('a patient stream goes with the next data of another', () => {
  const { pair, connection, id } = patient()
  connection.write(connection.openStream('uni')!, Uint8Array.of(4), true)
  const datagrams = pair.flush(pair.client)
  assert.is(datagrams.length, 1)
  pair.deliver(datagrams, 'toServer')
  assert.equal(pair.server.connection.read(id), Uint8Array.of(1, 2, 3))
})

test('a patient stream does not make an acknowledgement into a packet that wants one', () => {
  const { pair, id } = patient()
  const server = pair.server.connection
  server.write(server.openStream('uni')!, Uint8Array.of(5), true)
  pair.deliver(pair.flush(pair.server), 'toClient')
  pair.now += 25 // max_ack_delay
  pair.client.endpoint.onTimeout(pair.now)
  const acknowledgement = pair.flush(pair.client)
  assert.is(acknowledgement.length, 1)
  pair.deliver(acknowledgement, 'toServer')
  assert.is(server.read(id), undefined)
  pair.now += 25
  pair.server.endpoint.onTimeout(pair.now)
  assert.equal(pair.flush(pair.server), [])
})

test('a patient stream with a lot to send goes with an acknowledgement, and comes again when that is lost', () => {
  const { pair, connection, id } = patient()
  connection.write(id, new Uint8Array(29), false)
  const server = pair.server.connection
  server.write(server.openStream('uni')!, Uint8Array.of(5), true)
  pair.deliver(pair.flush(pair.server), 'toClient')
  assert.equal(pair.flush(pair.client), [], 'the acknowledgement may wait')
  pair.now += 25 // max_ack_delay
  pair.client.endpoint.onTimeout(pair.now)
  assert.is(pair.flush(pair.client).length, 1)
  assert.is(server.read(id), undefined)
  pair.now = pair.client.endpoint.nextTimeout()!
  pair.client.endpoint.onTimeout(pair.now)
  pair.deliver(pair.flush(pair.client), 'toServer')
  assert.equal(server.read(id), Uint8Array.of(1, 2, 3, ...new Uint8Array(29)))
})

test('pacing spreads a window over a round trip', () => {
  const pair = Pair.connected()
  const { connection } = pair.client
  const { recovery } = stateOf(connection)
  recovery.rtt.smoothed = 100
  setWindow(pair, 120_000)
  connection.write(connection.openStream('uni')!, new Uint8Array(200_000), true)
  const first = pair.flush(pair.client).length
  assert.ok(first <= 11, `${first} at once`)
  let sent = first
  const start = pair.now
  while (pair.now < start + 60) {
    const at = connection.nextTimeout()!
    assert.ok(at > pair.now, 'the timer moves on')
    pair.now = at
    pair.client.endpoint.onTimeout(pair.now)
    sent += pair.flush(pair.client).length
  }
  // A quarter more than a window a round trip.
  assert.ok(sent > 60 && sent < 95, `${sent} in 60 ms`)
})

test('a CONNECTION_CLOSE waits for room in the batch', () => {
  const pair = Pair.connected()
  const { connection } = pair.client
  connection.close(1, '')
  assert.is(connection.transmit(pair.now, batch(0), 1), true)
  const out = batch(1)
  assert.is(connection.transmit(pair.now, out, 1), false)
  assert.is(out.count, 1)
})

/** A client with data under way and in store, for which a probe of the path MTU is due. */
function probing(): Pair {
  const pair = Pair.connected({ clientOptions: { discoverPathMtu: true } })
  const { connection } = pair.client
  setWindow(pair, 100_000)
  pair.now++
  connection.write(connection.openStream('uni')!, new Uint8Array(12_000), false)
  pair.exchange()
  assert.is(stateOf(connection).recovery.pathMtu?.dueProbe(pair.now), 1452)
  pair.now += 10
  connection.write(connection.openStream('uni')!, new Uint8Array(200_000), false)
  return pair
}

test('a probe of the path MTU goes before the data', () => {
  const pair = probing()
  assert.equal(
    pair
      .flush(pair.client)
      .map(({ length }) => length)
      .slice(0, 2),
    [1452, 1200],
  )
})

test('data leaves room in the window for a probe that is due', () => {
  const pair = probing()
  const { recovery } = stateOf(pair.client.connection)
  pair.client.connection.write(2, new Uint8Array(100), false)
  setWindow(pair, 10_000)
  recovery.bytesInFlight = 8600
  assert.equal(
    pair.flush(pair.client),
    [],
    'the probe does not fit, and data may not take its place',
  )
  recovery.bytesInFlight = 8000
  pair.client.connection.write(2, new Uint8Array(100), false)
  assert.equal(
    pair.flush(pair.client).map(({ length }) => length),
    [1452],
  )
})

test('a probe of the path MTU waits for the pacer, and goes first then', () => {
  const pair = probing()
  const { connection } = pair.client
  const { recovery } = stateOf(connection)
  recovery.rtt.smoothed = 100
  recovery.paceTime(pair.now)
  recovery['pacer'].onPacketSent(100_000)
  assert.equal(pair.flush(pair.client), [])
  pair.now = pair.nextTimeout!
  pair.client.endpoint.onTimeout(pair.now)
  assert.is(pair.flush(pair.client)[0]!.length, 1452)
})

test('a probe that would fill more than half of the window waits, and holds nothing up', () => {
  const pair = probing()
  setWindow(pair, 2 * 1452 - 1)
  const sizes = pair.flush(pair.client).map(({ length }) => length)
  assert.equal(sizes, [1200, 1200])
})

test('there is no probe of the path MTU on a path that is not validated, or while probe packets are owed', () => {
  const unvalidated = probing()
  const { path } = stateOf(unvalidated.client.connection)
  path.validated = false
  path.bytesReceived = 1e6
  assert.is(Math.max(...unvalidated.flush(unvalidated.client).map(({ length }) => length)), 1200)
  const owing = probing()
  owing.client.connection.ping()
  assert.is(owing.flush(owing.client)[0]!.length, 1200, 'it comes later')
})

test('there is no probe of the path MTU when no data is on its way', () => {
  const pair = probing()
  pair.settle()
  const { recovery, streams } = stateOf(pair.client.connection)
  assert.is(streams.unsentBytes, 0)
  assert.is(recovery.bytesInFlight, 0)
  assert.ok(recovery.pathMtu!.dueProbe(pair.now) > 0)
  pair.client.connection['transmitter'].transmit(pair.now, batch(10), 10)
  assert.equal(pair.flush(pair.client), [])
})

test.run()
