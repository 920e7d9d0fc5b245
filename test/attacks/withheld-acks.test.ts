/** A62, A63, A64: a peer that sends, and acknowledges nothing, or the same again and again. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { TransportErrorCode } from '../../src/quic/index.ts'
import { MAX_IDLE_NUMBERS } from '../../src/quic/limits.ts'
import { writeResetStream, writeStopSending, writeStreamHeader } from '../../src/quic/wire/index.ts'
import { Pair } from '../quic/support/pair.ts'
import { frames, rawOneRtt, stateOf } from '../quic/support/raw-packets.ts'

const test = suite('attacks/withheld acks')

/** A byte that has come before: legal, and to be acknowledged each time. */
const REPEATED = frames(
  (writer) => writeStreamHeader(writer, 0, 0, 1, false),
  (writer) => writer.put(Uint8Array.of(1, 0, 0, 0)),
)

/** A server that waits for the acknowledgment of one packet, which never comes. */
function waiting(): Pair {
  const pair = Pair.connected({ transport: { maxIdleTimeout: 0 } })
  pair.server.connection.ping()
  assert.is(pair.flush(pair.server).length, 1)
  pair.server.sent.length = 0
  return pair
}

function kept(pair: Pair): number {
  const sent = stateOf(pair.server.connection).recovery.sent(2)
  return sent.nextPacketNumber - sent.oldest
}

test('acknowledgments behind a packet that is never acknowledged end at a cap', () => {
  const pair = waiting()
  const { connection: client } = pair.client
  for (let i = 0; i < 2 * MAX_IDLE_NUMBERS + 1000; i++) {
    pair.server.endpoint.receive(
      rawOneRtt(client, REPEATED),
      { remote: pair.server.connection.remote, local: pair.server.connection.local, ecn: 0 },
      pair.now,
    )
    if (i % 2 === 1) pair.flush(pair.server)
    pair.server.sent.length = 0
  }
  assert.ok(kept(pair) >= MAX_IDLE_NUMBERS)
  assert.ok(kept(pair) <= MAX_IDLE_NUMBERS + 16, `${kept(pair)} packet numbers are kept`)
  assert.is(pair.server.closeInfo, undefined)

  // What was held back is told by the next probe, and no timer spins meanwhile.
  const at = pair.server.endpoint.nextTimeout()!
  assert.ok(at > pair.now)
  pair.now = at
  pair.server.endpoint.onTimeout(at)
  const probes = pair.flush(pair.server)
  assert.ok(probes.length > 0)
  pair.deliver(probes, 'toClient')
  pair.settle()
  assert.ok(kept(pair) < 16, 'an acknowledgment ends it')
})

test('the same ACK many times in one packet is a flood', () => {
  const pair = waiting()
  const ack = Uint8Array.of(0x02, 0, 0, 0, 0)
  const many = concatBytes(Array.from({ length: 200 }, () => ack))
  const packets = (count: number, payload: Uint8Array) => {
    for (let i = 0; i < count; i++)
      pair.deliver([rawOneRtt(pair.client.connection, payload)], 'toServer')
  }
  // One a packet is what everybody sends.
  packets(12_000, ack)
  assert.is(pair.server.closeInfo, undefined)
  packets(51, many)
  assert.is(pair.server.closeInfo?.errorCode, TransportErrorCode.protocolViolation)
})

test('frames that we owe for streams add up to no more than there are streams', () => {
  const pair = waiting()
  const { streams } = stateOf(pair.server.connection)
  // Nothing may be sent any more: the window is full of what is never acknowledged.
  const id = pair.server.connection.openStream('uni')!
  pair.server.connection.write(id, new Uint8Array(100_000), false)
  pair.flush(pair.server)
  for (let round = 0; round < 30; round++) {
    for (let ordinal = 0; ordinal < 100; ordinal++) {
      const frame = frames(
        (writer) => writeStopSending(writer, 4 * ordinal, 1),
        (writer) => writeResetStream(writer, 4 * ordinal, 1, 0),
      )
      pair.deliver([rawOneRtt(pair.client.connection, frame)], 'toServer')
    }
    pair.flush(pair.server)
  }
  assert.is(pair.server.closeInfo, undefined)
  assert.ok(streams.openCount <= 101)
  const { resets, stops, maxStreamData } = streams.output as unknown as Record<
    string,
    { size: number }
  >
  assert.ok(resets!.size <= 100)
  assert.is(stops!.size + maxStreamData!.size, 0)
})

test('streams that are over and were refused leave nothing to be sent behind', () => {
  const pair = waiting()
  const { streams } = stateOf(pair.server.connection)
  const id = pair.server.connection.openStream('bidi')!
  pair.server.connection.write(id, new Uint8Array(100_000), false)
  pair.flush(pair.server)
  // Unidirectional streams of the peer that are stopped in the turn in which they end.
  for (let ordinal = 0; ordinal < 16; ordinal++) {
    const stream = 2 + 4 * ordinal
    const data = frames(
      (writer) => writeStreamHeader(writer, stream, 0, 1, false),
      (writer) => writer.put(Uint8Array.of(1)),
    )
    pair.deliver([rawOneRtt(pair.client.connection, data)], 'toServer')
    pair.server.connection.stopSending(stream, 7)
    const end = frames((writer) => writeResetStream(writer, stream, 1, 1))
    pair.deliver([rawOneRtt(pair.client.connection, end)], 'toServer')
  }
  assert.is(streams.openCount, 1)
  const { stops } = streams.output as unknown as { stops: { size: number } }
  assert.is(stops.size, 0)
})

test.run()
