import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Space } from '../../../src/quic/recovery/loss-recovery.ts'
import { SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { writeCryptoHeader } from '../../../src/quic/wire/index.ts'
import { Random } from '../../../src/sim/index.ts'
import { Pair } from '../support/pair.ts'
import {
  frames,
  headerOf,
  openInitial,
  rawHandshake,
  rawInitial,
  stateOf,
} from '../support/raw-packets.ts'

const test = suite('quic/connection/handshake')

/** The ClientHello in an Initial whose payload begins with one CRYPTO frame. */
function clientHello(payload: Uint8Array): Uint8Array {
  assert.equal([...payload.subarray(0, 2)], [6, 0])
  const length = ((payload[2]! & 0x3f) << 8) | payload[3]!
  return payload.slice(4, 4 + length)
}

test('a ClientHello in many pieces, in any order and with overlaps, is understood', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed)
    const pair = new Pair()
    const [first] = pair.flush(pair.client)
    const { destinationConnectionId: original, sourceConnectionId: source } = headerOf(first!)
    const hello = clientHello(openInitial('client', original, first!))
    const pieces: { from: number; to: number }[] = []
    for (let at = 0; at < hello.length; ) {
      const to = Math.min(hello.length, at + 1 + random.int(80))
      pieces.push({ from: Math.max(0, at - random.int(10)), to })
      at = to
    }
    pieces.sort(() => random.next() - 0.5)
    const payload = frames(
      ...pieces.map(({ from, to }) => (writer: Parameters<typeof writeCryptoHeader>[0]) => {
        writeCryptoHeader(writer, from, to - from)
        writer.put(hello.subarray(from, to))
      }),
    )
    const ids = { original, destination: original, source }
    const datagram = rawInitial('client', ids, 0, payload)
    pair.deliver([datagram], 'toServer')
    pair.deliver(pair.flush(pair.server), 'toClient')
    pair.settle()
    assert.is(pair.client.connection.handshakeConfirmed, true, `seed ${seed}`)
  }
})

test('keys of each level are there when they are needed and gone afterwards', () => {
  const pair = Pair.connected()
  for (const { connection } of [pair.client, pair.server]) {
    const { handshake } = stateOf(connection)
    assert.is(handshake.initialKeys.discarded, true)
    assert.is(handshake.handshakeKeys.discarded, true)
    assert.is.not(handshake.oneRttKeys, undefined)
    assert.is(handshake.complete && handshake.confirmed, true)
  }
})

test('what stands behind the end of the handshake in its packet does nothing to it or to others', () => {
  const pair = new Pair()
  pair.exchange()
  const { crypto } = stateOf(pair.client.connection).handshake
  const finished = frames(
    (writer) => crypto[Space.handshake].writeFrames(writer, new SentPacket()),
    // Once more, far ahead, and an ACK of what was never sent.
    (writer) => {
      writeCryptoHeader(writer, 0, 4)
      writer.zeros(4)
      writeCryptoHeader(writer, 5000, 4)
      writer.zeros(4)
      writer.put(Uint8Array.of(0x02, 0x3f, 0, 0, 0))
    },
  )
  pair.deliver([rawHandshake(pair.client.connection, finished)], 'toServer')
  const { handshake, recovery, received } = stateOf(pair.server.connection)
  assert.is(handshake.confirmed, true)
  assert.is(pair.server.closeInfo, undefined)
  // All connections have these in common once they have discarded the space.
  assert.is(handshake.crypto[Space.handshake]['input'], undefined)
  assert.is(recovery.sent(Space.handshake).nextPacketNumber, 0)
  assert.is(received[Space.handshake].largest, -1)
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
})

test('who has discarded a space keeps nothing of it, and takes no packet of it', () => {
  const pair = new Pair()
  const initials = pair.flush(pair.client)
  pair.deliver(initials, 'toServer')
  const flight = pair.flush(pair.server)
  pair.deliver(flight, 'toClient')
  pair.settle()
  const states = [pair.client, pair.server].map(({ connection }) => stateOf(connection))
  for (const space of [Space.initial, Space.handshake] as const) {
    const [client, server] = states
    assert.is(client!.received[space], server!.received[space])
    assert.is(client!.recovery.sent(space), server!.recovery.sent(space))
    assert.is(client!.handshake.crypto[space], server!.handshake.crypto[space])
  }
  const before = states.map(({ stats }) => ({ ...stats }))
  pair.deliver(flight, 'toClient')
  pair.deliver(initials, 'toServer')
  for (const [i, { stats }] of states.entries()) {
    assert.is(stats.packetsReceived, before[i]!.packetsReceived)
    assert.ok(stats.packetsDropped > before[i]!.packetsDropped)
  }
  assert.is(pair.exchange(), false, 'nothing is answered')
})

test('a client keeps its Handshake space until the handshake is confirmed', () => {
  const pair = new Pair()
  pair.exchange()
  const client = stateOf(pair.client.connection)
  pair.flush(pair.client) // lost: its Finished
  assert.is(client.handshake.complete, true)
  assert.is(client.handshake.handshakeKeys.discarded, false)
  assert.is(client.recovery.sent(Space.handshake).ackElicitingOutstanding, 1)
  pair.run(5000)
  assert.is(client.handshake.confirmed, true)
  assert.is(client.recovery.sent(Space.handshake).nextPacketNumber, 0)
})

test('key log lines come only where they are asked for', () => {
  assert.is(Pair.connected().client.eventsOf('keyLog').length, 0)
  const lines = Pair.connected({ client: { transport: { keyLog: true } } })
    .client.eventsOf('keyLog')
    .map(({ line }) => line.split(' ')[0])
  assert.is(lines.includes('CLIENT_TRAFFIC_SECRET_0'), true)
  assert.is(lines.includes('SERVER_HANDSHAKE_TRAFFIC_SECRET'), true)
})

test.run()
