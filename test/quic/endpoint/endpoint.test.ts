import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EndpointOptions } from '../../../src/quic/index.ts'
import { STATELESS_BURST } from '../../../src/quic/limits.ts'
import { PacketType } from '../../../src/quic/wire/index.ts'
import { Random } from '../../../src/sim/index.ts'
import {
  CLIENT,
  clientConfig,
  createEndpoint,
  datagramsOf,
  FROM_CLIENT,
  Pair,
  SERVER,
  serverConfig,
} from '../support/pair.ts'
import { headerOf, rawInitial, rawOneRtt, stateOf } from '../support/raw-packets.ts'

const test = suite('quic/endpoint')
const PING = new Uint8Array(30).fill(1)

/** The first Initial of a new client. */
function firstInitial(seed: number): Uint8Array {
  const endpoint = createEndpoint(seed)
  endpoint.connect(clientConfig, SERVER, CLIENT, 1000)
  return datagramsOf(endpoint, 1000)[0]!
}

function server(options: Partial<EndpointOptions> = {}) {
  const endpoint = createEndpoint(99, options)
  endpoint.listen(serverConfig)
  return endpoint
}

test('an endpoint that does not listen answers nobody', () => {
  const endpoint = createEndpoint(1)
  endpoint.receive(firstInitial(2), FROM_CLIENT, 1000)
  endpoint.receive(new Uint8Array(1200).fill(0x40), FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
  assert.is(endpoint.connectionCount, 0)
})

test('who stops listening keeps its connections and takes no more', () => {
  const pair = Pair.connected()
  pair.server.endpoint.listen(undefined)
  const late = pair.connect()
  pair.settle()
  assert.is(pair.server.endpoint.connectionCount, 1)
  // It is told at once: it would try until its handshake times out.
  assert.is(late.closed, true)
  pair.client.connection.ping()
  pair.settle()
  assert.is(pair.server.connection.closed, false)
})

test('who has never listened, or listens again, refuses nobody', () => {
  const endpoint = createEndpoint(1)
  endpoint.listen(undefined)
  endpoint.receive(firstInitial(2), FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
  endpoint.listen(serverConfig)
  endpoint.listen(undefined)
  endpoint.listen(serverConfig)
  endpoint.receive(firstInitial(2), FROM_CLIENT, 1000)
  assert.is(endpoint.connectionCount, 1)
})

test('refusals of a server that is closing are bounded in rate, and for authentic Initials only', () => {
  const endpoint = server()
  endpoint.listen(undefined)
  const forged = firstInitial(2)
  forged[600]! ^= 1
  endpoint.receive(forged, FROM_CLIENT, 1000)
  endpoint.receive(firstInitial(2).subarray(0, 1199), FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
  const initial = firstInitial(3)
  for (let i = 0; i < 2 * STATELESS_BURST; i++) {
    endpoint.receive(initial.slice(), FROM_CLIENT, 1000)
  }
  // One went to the forged Initial, which was opened for it.
  assert.is(datagramsOf(endpoint, 1000).length, STATELESS_BURST - 1)
  assert.is(endpoint.connectionCount, 0)
})

test('a first Initial in a datagram below 1200 bytes, or to a short id, begins nothing', () => {
  const endpoint = server()
  endpoint.receive(firstInitial(2).subarray(0, 1199), FROM_CLIENT, 1000)
  const ids = (length: number) => {
    const original = new Uint8Array(length).fill(5)
    return { original, destination: original, source: new Uint8Array(8) }
  }
  endpoint.receive(rawInitial('client', ids(7), 0, PING), FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
  assert.is(endpoint.connectionCount, 0)
  endpoint.receive(rawInitial('client', ids(8), 0, PING), FROM_CLIENT, 1000)
  assert.is(endpoint.connectionCount, 1)
})

test('an Initial that is not authentic leaves nothing behind', () => {
  const endpoint = server()
  const forged = firstInitial(2)
  forged[600]! ^= 1
  endpoint.receive(forged, FROM_CLIENT, 1000)
  assert.is(endpoint.connectionCount, 0)
  assert.equal(datagramsOf(endpoint, 1000), [])
  assert.is(endpoint.stats.accepted, 0)
  assert.is(endpoint.nextTimeout(), undefined)
})

test('the same Initial twice is one connection', () => {
  const endpoint = server()
  const initial = firstInitial(2)
  endpoint.receive(initial.slice(), FROM_CLIENT, 1000)
  endpoint.receive(initial.slice(), FROM_CLIENT, 1000)
  assert.is(endpoint.connectionCount, 1)
  assert.is(endpoint.stats.accepted, 1)
})

test('the first Initial once more, after the handshake, begins no second connection', () => {
  const pair = Pair.connected()
  const first = pair.client.sent[0]!
  assert.ok(pair.server.connections[0]!.handshakeConfirmed)
  pair.server.endpoint.receive(first.slice(), FROM_CLIENT, pair.now)
  assert.is(pair.server.endpoint.connectionCount, 1)
})

test('a configuration that no client could use is refused at once', () => {
  const endpoint = createEndpoint(1)
  assert.throws(() => endpoint.listen({ ...serverConfig, alpn: [] }), TypeError)
  assert.throws(() => endpoint.listen({ ...serverConfig, cipherSuites: [0x1399] }), TypeError)
})

test('more handshakes at once than the cap are not answered, until some have ended', () => {
  const endpoint = server({ maxPendingHandshakes: 3, retry: 'never' })
  for (let seed = 10; seed < 15; seed++) endpoint.receive(firstInitial(seed), FROM_CLIENT, 1000)
  endpoint.onTimeout(1000)
  assert.is(endpoint.connectionCount, 3)
  assert.is(endpoint.stats.refused, 2)
  datagramsOf(endpoint, 1000)
  for (
    let at = endpoint.nextTimeout();
    at !== undefined && at < 12_000;
    at = endpoint.nextTimeout()
  ) {
    endpoint.onTimeout(at)
    datagramsOf(endpoint, at)
  }
  endpoint.onTimeout(12_000)
  datagramsOf(endpoint, 12_000)
  assert.is(endpoint.connectionCount, 0)
  endpoint.receive(firstInitial(20), FROM_CLIENT, 12_000)
  assert.is(endpoint.connectionCount, 1)
})

test('handshakes that are over do not count against the cap of handshakes', () => {
  const pair = Pair.connected({ serverOptions: { maxPendingHandshakes: 1 } })
  pair.now++
  pair.connect()
  pair.settle()
  pair.now++
  pair.connect()
  pair.settle()
  assert.is(pair.server.endpoint.connectionCount, 3)
})

test('more connections than the cap are not answered', () => {
  const pair = Pair.connected({ serverOptions: { maxConnections: 2 } })
  pair.now++
  pair.connect()
  pair.settle()
  pair.now++
  pair.connect()
  pair.settle()
  assert.is(pair.server.endpoint.connectionCount, 2)
  assert.ok(pair.server.endpoint.stats.refused >= 1)
})

test('a flood of garbage Initials keeps memory flat', () => {
  const endpoint = server()
  const random = new Random(5)
  for (let i = 0; i < 300; i++) {
    const datagram = random.randomBytes(1200)
    datagram.set([0xc0, 0, 0, 0, 1, 8], 0)
    datagram[14] = 8
    datagram.set([0, 0x44, 0x80], 23)
    endpoint.receive(datagram, FROM_CLIENT, 1000 + i)
  }
  assert.is(endpoint.connectionCount, 0)
  assert.is(endpoint.nextTimeout(), undefined)
  assert.equal(datagramsOf(endpoint, 1300), [])
})

test('another version is answered with Version Negotiation, if the datagram is large enough to begin something', () => {
  const endpoint = server()
  const other = firstInitial(2)
  other.set([0x1a, 0x2a, 0x3a, 0x4a], 1)
  endpoint.receive(other.slice(), FROM_CLIENT, 1000)
  const answers = datagramsOf(endpoint, 1000)
  assert.is(answers.length, 1)
  assert.is(headerOf(answers[0]!).type, PacketType.versionNegotiation)
  endpoint.receive(other.slice(0, 1199), FROM_CLIENT, 1000)
  const negotiation = new Uint8Array(1200)
  negotiation.set(answers[0]!)
  endpoint.receive(negotiation, FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
})

test('empty, tiny and huge datagrams are dropped', () => {
  const endpoint = server()
  for (const length of [0, 1, 2, 5, 6, 7, 8, 9, 20]) {
    for (const first of [0x00, 0x40, 0xc0, 0xff]) {
      const datagram = new Uint8Array(length).fill(first)
      endpoint.receive(datagram, FROM_CLIENT, 1000)
    }
  }
  endpoint.receive(new Uint8Array(65_535).fill(0xff), FROM_CLIENT, 1000)
  endpoint.receive(new Uint8Array(65_535), FROM_CLIENT, 1000)
  assert.is(endpoint.connectionCount, 0)
  // The 64 KiB of ones have a version that we don't speak and ids of 255 bytes; the zeros are a short header.
  const answers = datagramsOf(endpoint, 1000).map((answer) => answer.length)
  assert.ok(answers.length <= 2 && answers.every((length) => length < 600), `${answers}`)
})

test('retired ids are routed no more, new ones are', () => {
  const pair = Pair.connected()
  const { remoteIds } = stateOf(pair.client.connection)
  const old = rawOneRtt(pair.client.connection, PING)
  remoteIds.rotate()
  pair.client.connection.ping()
  pair.settle()
  const before = pair.server.connection.stats.packetsReceived
  pair.deliver([old], 'toServer')
  assert.is(pair.server.connection.stats.packetsReceived, before)
  pair.deliver([rawOneRtt(pair.client.connection, PING)], 'toServer')
  assert.is(pair.server.connection.stats.packetsReceived, before + 1)
})

test('a connection that is gone leaves no route, no token and no timer', () => {
  const pair = Pair.connected()
  pair.client.connection.close(0, '')
  pair.run(60_000)
  for (const { endpoint } of [pair.client, pair.server]) {
    assert.is(endpoint.connectionCount, 0)
    assert.is(endpoint['router'].size, 0)
    assert.is(endpoint['resetTokens'].size, 0)
    assert.is(endpoint.nextTimeout(), undefined)
  }
})

test.run()
