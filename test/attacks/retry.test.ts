/** A04 to A07: forged addresses, floods of handshakes, and tokens that are not what they should be. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RETRY_TOKEN_LENGTH } from '../../src/quic/endpoint/retry-token.ts'
import type { DatagramMeta, Endpoint } from '../../src/quic/index.ts'
import {
  MAX_HANDSHAKES_PER_TURN,
  MAX_PENDING_HANDSHAKES,
  MAX_WAITING_CLIENTS,
  RETRY_BURST,
  RETRY_RATE_PER_SECOND,
  RETRY_THRESHOLD,
  RETRY_TOKEN_LIFETIME,
  STATELESS_BURST,
} from '../../src/quic/limits.ts'
import { PacketType } from '../../src/quic/wire/index.ts'
import { Random } from '../../src/sim/index.ts'
import {
  createEndpoint,
  datagramsOf,
  FROM_CLIENT,
  Pair,
  SERVER,
  serverConfig,
  totalLength,
} from '../quic/support/pair.ts'
import { headerOf, rawInitial } from '../quic/support/raw-packets.ts'

const test = suite('attacks/Retry')
const NOW = 1000
const PING = Uint8Array.of(1, 0, 0, 0)

/** Where nobody is: another address for each number. */
function spoofed(number: number): DatagramMeta {
  const address = `192.0.${(number >> 8) & 0xff}.${number & 0xff}`
  return { remote: { address, port: 1024 + (number % 60_000) }, local: SERVER, ecn: 0 }
}

function idOf(number: number): Uint8Array {
  return Uint8Array.of(7, 7, 7, 7, number >> 24, number >> 16, number >> 8, number)
}

/** An authentic first Initial of a client that never goes on. */
function initial(number: number, token?: Uint8Array): Uint8Array {
  const id = idOf(number)
  return rawInitial('client', { original: id, destination: id, source: id }, 0, PING, 1200, token)
}

/** What a driver does once it has handed over datagrams; returns what was sent. */
function endTurn(endpoint: Endpoint, now: number): Uint8Array[] {
  const due = endpoint.nextTimeout()
  if (due !== undefined && due <= now) endpoint.onTimeout(now)
  return datagramsOf(endpoint, now)
}

/** A flood from forged addresses, in turns of some datagrams and a millisecond; returns when it is over. */
function flood(endpoint: Endpoint, count: number, from: number, perTurn: number): number {
  let now = from
  for (let i = 0; i < count; i++) {
    endpoint.receive(initial(i), spoofed(i), now)
    if (i % perTurn === perTurn - 1) endTurn(endpoint, now++)
  }
  while (endpoint['admission'].queue.length > 0) endTurn(endpoint, now++)
  return now
}

test('A04: of a flood from forged addresses a quarter of the cap is kept, and the rest leaves nothing', () => {
  const pair = Pair.connected()
  const { endpoint } = pair.server
  flood(endpoint, 3000, pair.now, 32)
  assert.is(endpoint.connectionCount, 1 + MAX_PENDING_HANDSHAKES * RETRY_THRESHOLD)
  const { accepted, retriesSent, refused } = endpoint.stats
  assert.is(accepted, endpoint.connectionCount)
  assert.is(accepted - 1 + retriesSent + refused, 3000)
})

test('A04: new clients still get in through Retry while 1,024 spoofed handshakes are pending', () => {
  const pair = Pair.connected({ serverOptions: { maxPendingHandshakes: 4096 } })
  const { endpoint } = pair.server
  pair.now = flood(endpoint, 1500, pair.now, 1)
  assert.is(endpoint.connectionCount, 1 + 1024)
  const client = pair.connect()
  pair.settle()
  assert.is(client.handshakeConfirmed, true)
  assert.is(endpoint.connectionCount, 2 + 1024)
})

test('A04: a flood gets less than it sends, however it is answered', () => {
  const endpoint = createEndpoint(1)
  endpoint.listen(serverConfig)
  const count = RETRY_BURST + MAX_PENDING_HANDSHAKES
  let sent = 0
  for (let i = 0; i < count; i++) endpoint.receive(initial(i), spoofed(i), NOW)
  for (let turn = 0; turn < 1000; turn++) sent += totalLength(endTurn(endpoint, NOW + turn))
  assert.ok(sent < count * 1200, `${sent} bytes for ${count * 1200}`)
  const toOne = createEndpoint(1, { retry: 'always' })
  toOne.listen(serverConfig)
  toOne.receive(initial(1), FROM_CLIENT, NOW)
  assert.ok(totalLength(datagramsOf(toOne, NOW)) < 120)
})

test('A04: even those who show their address are no more than the cap', () => {
  const endpoint = createEndpoint(1, { retry: 'always', maxPendingHandshakes: 20 })
  endpoint.listen(serverConfig)
  for (let i = 0; i < 40; i++) endpoint.receive(initial(i), FROM_CLIENT, NOW)
  const retries = datagramsOf(endpoint, NOW).map((datagram) => headerOf(datagram))
  assert.is(retries.length, 40)
  for (const { sourceConnectionId: id, token } of retries) {
    const ids = { original: id, destination: id, source: idOf(1) }
    endpoint.receive(rawInitial('client', ids, 1, PING, 1200, token), FROM_CLIENT, NOW + 1)
  }
  for (let turn = 0; turn < 40; turn++) endTurn(endpoint, NOW + turn)
  assert.is(endpoint.connectionCount, 20)
  assert.is(endpoint.stats.refused, 20)
})

test('A05: in a burst of 1,500 ClientHellos other connections wait for a few handshakes at most', () => {
  const pair = Pair.connected()
  const { endpoint } = pair.server
  const hellos = Array.from({ length: 1500 }, (_, i) => initial(i))
  let begun = endpoint.stats.accepted
  let answered = 0
  for (let turn = 0; turn * 32 < hellos.length; turn++) {
    pair.now += 1
    const burst = hellos.slice(turn * 32, turn * 32 + 32)
    for (const [i, hello] of burst.entries()) {
      endpoint.receive(hello, spoofed(turn * 32 + i), pair.now)
    }
    // The live connection's datagram comes behind the burst, and is answered in the same turn.
    pair.client.connection.ping()
    const before = pair.client.connection.stats.packetsReceived
    pair.deliver(pair.flush(pair.client), 'toServer')
    pair.deliver(endTurn(endpoint, pair.now), 'toClient')
    if (pair.client.connection.stats.packetsReceived > before) answered++
    const { accepted } = endpoint.stats
    assert.ok(accepted - begun <= 2 * MAX_HANDSHAKES_PER_TURN, `${accepted - begun} in one turn`)
    begun = accepted
  }
  assert.ok(answered >= 23, `${answered} turns with an answer`)
  assert.ok(endpoint.stats.handshakesDeferred > 200)
})

test('A05: handshakes have a rate, which those who show their address can’t exceed', () => {
  const endpoint = createEndpoint(1, { retry: 'never', handshakesPerSecond: 40 })
  endpoint.listen(serverConfig)
  for (let i = 0; i < 200; i++) endpoint.receive(initial(i), spoofed(i), NOW)
  for (let now = NOW; now <= NOW + 1000; now += 5) endTurn(endpoint, now)
  assert.is(endpoint.stats.accepted, 50)
})

test('A05: who waits for a handshake is kept up to a limit', () => {
  const endpoint = createEndpoint(1, { retry: 'never' })
  endpoint.listen(serverConfig)
  for (let i = 0; i < MAX_PENDING_HANDSHAKES; i++) endpoint.receive(initial(i), spoofed(i), NOW)
  assert.is(endpoint['admission'].queue.length, MAX_WAITING_CLIENTS)
  assert.is(
    endpoint.stats.refused,
    MAX_PENDING_HANDSHAKES - MAX_WAITING_CLIENTS - MAX_HANDSHAKES_PER_TURN,
  )
  endpoint.listen(undefined)
  assert.is(endpoint['admission'].queue.length, 0)
  endTurn(endpoint, NOW + 1)
  assert.is(endpoint.connectionCount, MAX_HANDSHAKES_PER_TURN)
})

/** A server that wants a token, with one that it has given. */
function withToken() {
  const endpoint = createEndpoint(1, { retry: 'always' })
  endpoint.listen(serverConfig)
  endpoint.receive(initial(1), FROM_CLIENT, NOW)
  const [datagram] = datagramsOf(endpoint, NOW)
  const { sourceConnectionId: id, token } = headerOf(datagram!)
  const ids = { original: id, destination: id, source: idOf(1) }
  const second = (bytes: Uint8Array) => rawInitial('client', ids, 1, PING, 1200, bytes)
  return { endpoint, token, second }
}

test('A06: tokens that are forged, cut short, too long or of another key begin nothing and never throw', () => {
  const { endpoint, token, second } = withToken()
  const random = new Random(5)
  const bad: Uint8Array[] = []
  for (let length = 0; length < token.length; length++) bad.push(token.slice(0, length))
  for (let more = 1; more < 500; more += 41) {
    const long = new Uint8Array(token.length + more)
    long.set(token)
    bad.push(long)
  }
  for (let i = 0; i < 100; i++) {
    const forged = token.slice()
    forged[random.randomBytes(1)[0]! % token.length]! ^= 1 + (random.randomBytes(1)[0]! % 255)
    bad.push(forged)
  }
  const other = createEndpoint(2, { retry: 'always' })
  other.listen(serverConfig)
  other.receive(initial(1), FROM_CLIENT, NOW)
  bad.push(headerOf(datagramsOf(other, NOW)[0]!).token)
  for (const bytes of bad) {
    endpoint.receive(second(bytes), FROM_CLIENT, NOW)
    const types = datagramsOf(endpoint, NOW).map((datagram) => headerOf(datagram).type)
    const isLike = bytes.length === RETRY_TOKEN_LENGTH && bytes[0] === token[0]
    assert.equal(types, [isLike ? PacketType.initial : PacketType.retry])
  }
  assert.is(endpoint.connectionCount, 0)
  assert.is(endpoint.stats.accepted, 0)
  assert.ok(endpoint.stats.tokensRefused > 90)
})

test('A06: an Initial whose token reaches past its end is dropped', () => {
  const { endpoint } = withToken()
  const datagram = initial(3)
  // Behind version, ids and their lengths stands the length of the token.
  datagram.set([0x7f, 0xff], 1 + 4 + 1 + 8 + 1 + 8)
  endpoint.receive(datagram, FROM_CLIENT, NOW)
  assert.equal(datagramsOf(endpoint, NOW), [])
  assert.is(endpoint.stats.dropped, 1)
})

test('A06: a flood of bad tokens is answered a few times only', () => {
  const { endpoint, token, second } = withToken()
  token[20]! ^= 1
  const datagram = second(token)
  for (let i = 0; i < 2000; i++) endpoint.receive(datagram.slice(), spoofed(i), NOW)
  assert.is(datagramsOf(endpoint, NOW).length, STATELESS_BURST)
  assert.is(endpoint.stats.tokensRefused, 2000)
  assert.is(endpoint.connectionCount, 0)
})

test('A06: a flood of first Initials is answered with a bounded number of Retry packets', () => {
  const { endpoint } = withToken()
  for (let i = 0; i < RETRY_BURST + 500; i++) endpoint.receive(initial(i), spoofed(i), NOW)
  assert.is(datagramsOf(endpoint, NOW).length, RETRY_BURST - 1)
  for (let i = 0; i < 3000; i++) endpoint.receive(initial(i), spoofed(i), NOW + 500)
  assert.is(datagramsOf(endpoint, NOW + 500).length, RETRY_RATE_PER_SECOND / 2)
})

test('A07: a token that was seen on its way is of no use from another address or port', () => {
  const { endpoint, token, second } = withToken()
  const elsewhere = [
    { ...FROM_CLIENT, remote: { ...FROM_CLIENT.remote, port: 40_001 } },
    { ...FROM_CLIENT, remote: { ...FROM_CLIENT.remote, address: '10.0.0.9' } },
  ]
  for (const meta of elsewhere) endpoint.receive(second(token), meta, NOW + 1)
  assert.is(endpoint.connectionCount, 0)
  assert.is(endpoint.stats.tokensRefused, 2)
})

test('A07: a token is good for one connection at once, and not for other ids', () => {
  const { endpoint, token, second } = withToken()
  for (let i = 0; i < 5; i++) endpoint.receive(second(token), FROM_CLIENT, NOW + i)
  for (let i = 10; i < 15; i++) endpoint.receive(initial(i, token), FROM_CLIENT, NOW + i)
  assert.is(endpoint.connectionCount, 1)
  assert.is(endpoint.stats.tokensRefused, 5)
})

test('A07: a token that is kept for later has expired', () => {
  const { endpoint, token, second } = withToken()
  endpoint.receive(second(token), FROM_CLIENT, NOW + RETRY_TOKEN_LIFETIME + 1)
  assert.is(endpoint.connectionCount, 0)
  assert.is(endpoint.stats.tokensRefused, 1)
})

test.run()
