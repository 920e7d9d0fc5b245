import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../../src/bytes/index.ts'
import { TransportErrorCode } from '../../../src/quic/index.ts'
import { MAX_COALESCED_PACKETS, MAX_UNDECRYPTABLE_PACKETS } from '../../../src/quic/limits.ts'
import { PacketType, writeConnectionClose, writePing } from '../../../src/quic/wire/index.ts'
import { FROM_CLIENT, Pair } from '../support/pair.ts'
import {
  frames,
  headerOf,
  openInitial,
  packetTypes,
  rawHandshake,
  rawInitial,
  rawOneRtt,
  stateOf,
} from '../support/raw-packets.ts'

const test = suite('quic/connection/packet-receiver')
const PING = frames(writePing, writePing, writePing, writePing)
const NO_REASON = new Uint8Array(0)

const received = (pair: Pair) => pair.server.connection.stats.packetsReceived

test('a datagram that comes again is processed once', () => {
  const pair = Pair.connected()
  const datagram = rawOneRtt(pair.client.connection, PING)
  const before = received(pair)
  pair.deliver([datagram, datagram, datagram], 'toServer')
  assert.is(received(pair), before + 1)
})

test('all packets of a datagram are processed, up to a cap', () => {
  const pair = Pair.connected()
  const { remoteIds, localIds } = stateOf(pair.client.connection)
  // The long header of a packet whose keys are gone: dropped, and the next one is looked at.
  const dropped = (count: number) =>
    Array.from({ length: count }, () =>
      rawInitial(
        'client',
        { original: remoteIds.id, destination: remoteIds.id, source: localIds.first },
        0,
        PING,
        0,
      ),
    )
  const before = received(pair)
  const most = MAX_COALESCED_PACKETS - 1
  pair.deliver(
    [concatBytes([...dropped(most), rawOneRtt(pair.client.connection, PING)])],
    'toServer',
  )
  assert.is(received(pair), before + 1)
  pair.deliver(
    [concatBytes([...dropped(most + 1), rawOneRtt(pair.client.connection, PING)])],
    'toServer',
  )
  assert.is(received(pair), before + 1)
})

test('a coalesced packet for another connection id ends the datagram', () => {
  const pair = Pair.connected()
  const { remoteIds, localIds } = stateOf(pair.client.connection)
  const other = rawInitial(
    'client',
    { original: remoteIds.id, destination: new Uint8Array(8), source: localIds.first },
    0,
    PING,
    0,
  )
  const own = rawInitial(
    'client',
    { original: remoteIds.id, destination: remoteIds.id, source: localIds.first },
    0,
    PING,
    0,
  )
  const before = received(pair)
  pair.deliver([concatBytes([own, other, rawOneRtt(pair.client.connection, PING)])], 'toServer')
  assert.is(received(pair), before)
})

test('a server drops Initials in datagrams below 1200 bytes on a connection that it has, too', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original, sourceConnectionId: source } = headerOf(first!)
  pair.deliver([first!], 'toServer')
  const before = received(pair)
  const ids = { original, destination: original, source }
  pair.deliver([rawInitial('client', ids, 10, PING, 1199)], 'toServer')
  assert.is(received(pair), before)
  pair.deliver([rawInitial('client', ids, 10, PING, 1200)], 'toServer')
  assert.is(received(pair), before + 1)
})

test('once a packet was opened another source connection id is not heard', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original } = headerOf(first!)
  pair.deliver([first!], 'toServer')
  const before = received(pair)
  const ids = { original, destination: original, source: new Uint8Array(8).fill(9) }
  pair.deliver([rawInitial('client', ids, 10, PING)], 'toServer')
  assert.is(received(pair), before)
})

test('a client drops an Initial of a server that has a token in it', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original, sourceConnectionId: destination } = headerOf(first!)
  const ids = { original, destination, source: new Uint8Array(8).fill(9) }
  pair.deliver([rawInitial('server', ids, 0, PING, 1200, Uint8Array.of(1))], 'toClient')
  assert.is(pair.client.connection.hasHeardPeer, false)
  pair.deliver([rawInitial('server', ids, 0, PING)], 'toClient')
  assert.is(pair.client.connection.hasHeardPeer, true)
})

test('reserved bits in an authentic packet are a PROTOCOL_VIOLATION, in a forged one nothing', () => {
  const pair = Pair.connected()
  const datagram = rawOneRtt(pair.client.connection, PING, { firstByteBits: 0x08 })
  const forged = datagram.slice()
  forged[forged.length - 1]! ^= 1
  pair.deliver([forged], 'toServer')
  assert.is(pair.server.closeInfo, undefined)
  pair.deliver([datagram], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, TransportErrorCode.protocolViolation)
})

test('1-RTT packets that overtake the end of the handshake are kept for it', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.deliver(pair.flush(pair.server), 'toClient')
  const last = pair.flush(pair.client)
  assert.is(pair.client.connection.tlsInfo?.alpn, 'test')
  const id = pair.client.connection.openStream('bidi')!
  pair.client.connection.write(id, Uint8Array.of(1, 2, 3), true)
  pair.deliver(pair.flush(pair.client), 'toServer')
  assert.is(pair.server.eventsOf('handshakeComplete').length, 0)
  pair.deliver(last, 'toServer')
  assert.is(pair.server.eventsOf('handshakeComplete').length, 1)
  assert.equal(pair.server.connection.read(id), Uint8Array.of(1, 2, 3))
})

test('a Handshake flight that overtakes the Initial is kept for it', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const flight = pair.flush(pair.server)
  const initialEnd = headerOf(flight[0]!).end
  const handshake = flight[0]!.slice(initialEnd)
  assert.equal(packetTypes(handshake)[0], PacketType.handshake)
  pair.deliver([handshake, ...flight.slice(1)], 'toClient')
  assert.is(pair.client.connection.hasHeardPeer, false)
  pair.deliver([flight[0]!.slice(0, initialEnd)], 'toClient')
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
})

test('packets without keys are kept up to the cap and do not hold up the handshake', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const { connection } = pair.server
  const dropped = connection.stats.packetsDropped
  const { first } = stateOf(connection).localIds
  const garbage = Uint8Array.of(0x40, ...first, ...new Uint8Array(30))
  for (let i = 0; i < MAX_UNDECRYPTABLE_PACKETS + 5; i++)
    pair.server.endpoint.receive(garbage.slice(), FROM_CLIENT, pair.now)
  assert.is(connection.stats.packetsDropped, dropped + 5)
  pair.settle()
  assert.is(connection.handshakeConfirmed, true)
})

test('the Initial keys of a server go with the first Handshake packet, those of a client when it sends one', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.deliver(pair.flush(pair.server), 'toClient')
  const client = stateOf(pair.client.connection).handshake
  const server = stateOf(pair.server.connection).handshake
  assert.is(client.initialKeys.discarded, false)
  const flight = pair.flush(pair.client)
  assert.is(client.initialKeys.discarded, true)
  assert.is(server.initialKeys.discarded, false)
  assert.is(server.handshakeKeys.discarded, false)
  pair.deliver(flight, 'toServer')
  assert.is(server.initialKeys.discarded, true)
  assert.is(server.handshakeKeys.discarded, true)
  assert.is(client.handshakeKeys.discarded, false)
  pair.settle()
  assert.is(client.handshakeKeys.discarded, true)
})

test('a Handshake packet proves the address of a client, an Initial does not', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const { path } = stateOf(pair.server.connection)
  assert.is(path.validated, false)
  pair.deliver(pair.flush(pair.server), 'toClient')
  pair.deliver([rawHandshake(pair.client.connection, PING)], 'toServer')
  assert.is(path.validated, true)
})

test('nothing that follows a CONNECTION_CLOSE is acted upon, in its packet or behind it', () => {
  const pair = Pair.connected()
  const close = frames((writer) => writeConnectionClose(writer, true, 7, 0, NO_REASON))
  const stream = Uint8Array.of(0x0a, 0, 1, 0xaa)
  const first = rawOneRtt(pair.client.connection, concatBytes([close, stream, PING]))
  pair.deliver([first, rawOneRtt(pair.client.connection, stream)], 'toServer')
  const events = pair.server.events.get(pair.server.connection)!
  assert.equal(events.at(-1), {
    type: 'closed',
    info: { kind: 'application', errorCode: 7, reason: '', remote: true },
  })
})

test('an illegal frame behind a CONNECTION_CLOSE does not change why it ended', () => {
  const pair = Pair.connected()
  const close = frames((writer) => writeConnectionClose(writer, true, 7, 0, NO_REASON))
  pair.deliver(
    [rawOneRtt(pair.client.connection, concatBytes([close, Uint8Array.of(0x3f)]))],
    'toServer',
  )
  assert.is(pair.server.closeInfo?.errorCode, 7)
  assert.equal(pair.flush(pair.server), [], 'it drains')
})

test('a client whose id was changed on the way is refused by the server', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original } = headerOf(first!)
  const hello = openInitial('client', original, first!)
  const ids = { original, destination: original, source: new Uint8Array(8).fill(9) }
  pair.deliver([rawInitial('client', ids, 0, hello)], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, TransportErrorCode.transportParameterError)
})

test('a client that was told a false id of its server never completes the handshake', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original, sourceConnectionId: client } = headerOf(first!)
  pair.deliver([first!], 'toServer')
  const flight = pair.flush(pair.server)
  const hello = openInitial('server', original, flight[0]!)
  const ids = { original, destination: client, source: new Uint8Array(8).fill(9) }
  pair.deliver([rawInitial('server', ids, 0, hello), ...flight], 'toClient')
  pair.run(20_000)
  assert.is(pair.client.eventsOf('handshakeComplete').length, 0)
  assert.is(pair.client.closeInfo?.kind, 'handshakeTimeout')
})

test.run()
