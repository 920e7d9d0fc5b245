import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Endpoint } from '../../src/quic/index.ts'
import { Random } from '../../src/sim/index.ts'
import {
  CLIENT,
  createEndpoint,
  datagramsOf,
  FROM_CLIENT,
  FROM_SERVER,
  Pair,
  SERVER,
  serverConfig,
  totalLength,
} from '../quic/support/pair.ts'
import { rawOneRtt, stateOf } from '../quic/support/raw-packets.ts'

/** Datagrams of anybody: whatever is in them, nothing is thrown and little is sent. */
const test = suite('attacks/datagrams')

/** All datagrams of a handshake and a short exchange, as they were sent. */
function recorded(): { toServer: Uint8Array[]; toClient: Uint8Array[] } {
  const pair = Pair.connected({ seed: 1 })
  exchange(pair)
  return { toServer: pair.client.sent, toClient: pair.server.sent }
}

/** A request and an answer; fails when they do not arrive. */
function exchange(pair: Pair): void {
  const id = pair.client.connection.openStream('bidi')!
  pair.client.connection.write(id, Uint8Array.of(1, 2, 3), true)
  pair.run(3000)
  assert.equal(pair.server.connection.read(id), Uint8Array.of(1, 2, 3))
  pair.server.connection.write(id, Uint8Array.of(4, 5), true)
  pair.run(3000)
  assert.equal(pair.client.connection.read(id), Uint8Array.of(4, 5))
}

/** What a server that never heard of the sender says to one datagram. */
function answerOf(endpoint: Endpoint, datagram: Uint8Array, now: number): number {
  endpoint.receive(datagram.slice(), FROM_CLIENT, now)
  return totalLength(datagramsOf(endpoint, now))
}

function freshServer(seed: number): Endpoint {
  const endpoint = createEndpoint(seed)
  endpoint.listen(serverConfig)
  return endpoint
}

test('random bytes of any length are answered with no more than three times as many', () => {
  const random = new Random(11)
  const endpoint = freshServer(3)
  for (let i = 0; i < 4000; i++) {
    const datagram = random.randomBytes(random.int(1500))
    if (random.chance(0.7) && datagram.length > 6) {
      datagram[0]! |= random.chance(0.8) ? 0xc0 : 0x40
      if (random.chance(0.8)) datagram.set([0, 0, 0, 1, 8], 1)
    }
    assert.ok(answerOf(endpoint, datagram, 1000 + i) <= 3 * datagram.length)
  }
  assert.is(endpoint.connectionCount, 0)
})

test('a first Initial cut at each byte begins nothing', () => {
  const [first] = recorded().toServer
  const endpoint = freshServer(4)
  for (let length = 0; length < first!.length; length++)
    assert.is(answerOf(endpoint, first!.subarray(0, length), 1000), 0, `${length} bytes`)
  assert.is(endpoint.connectionCount, 0)
})

test('a first Initial with any bit flipped is answered with no more than three times as many bytes', () => {
  const [first] = recorded().toServer
  const random = new Random(12)
  for (let i = 0; i < 600; i++) {
    const datagram = first!.slice()
    // All of the header, and a sample of the rest.
    const bit = i < 40 * 8 ? i : random.int(datagram.length * 8)
    datagram[bit >> 3]! ^= 1 << (bit & 7)
    const endpoint = freshServer(5)
    assert.ok(answerOf(endpoint, datagram, 1000) <= 3 * datagram.length, `bit ${bit}`)
    // The connection ids and the versions are not secret: what changes them may begin something else.
    assert.ok(endpoint.connectionCount <= 1)
  }
})

test('datagrams of a handshake that were cut or changed do not stop it', () => {
  const random = new Random(13)
  for (let round = 0; round < 60; round++) {
    const pair = new Pair({ seed: 2 })
    pair.filter = (datagram, direction) => {
      const side = direction === 'toServer' ? pair.server : pair.client
      const meta = direction === 'toServer' ? FROM_CLIENT : FROM_SERVER
      for (let i = 0; i < 3; i++) {
        const changed = datagram.slice(0, 1 + random.int(datagram.length))
        const at = random.int(changed.length)
        // The first byte and the ids stay, so that it reaches the connection.
        if (at > 24 || random.chance(0.2)) changed[at]! ^= 1 << random.int(8)
        if (changed.length < datagram.length || at > 24)
          side.endpoint.receive(changed, meta, pair.now)
      }
      return datagram
    }
    pair.run(9000, () => pair.client.connection.handshakeConfirmed)
    if (pair.client.connection.closed) continue // an Initial can be forged by who sees it
    assert.is(pair.client.connection.handshakeConfirmed, true, `round ${round}`)
  }
})

test('1-RTT datagrams cut at each byte and with each bit flipped do nothing to the connection', () => {
  const pair = Pair.connected()
  const other = pair.connect()
  pair.settle()
  const datagram = rawOneRtt(pair.client.connection, new Uint8Array(40).fill(1))
  const { stats } = pair.server.connection
  const { packetsReceived } = stats
  for (let length = 0; length < datagram.length; length++)
    pair.server.endpoint.receive(datagram.slice(0, length), FROM_CLIENT, pair.now)
  for (let bit = 0; bit < datagram.length * 8; bit++) {
    const changed = datagram.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    pair.server.endpoint.receive(changed, FROM_CLIENT, pair.now)
  }
  assert.is(pair.server.connection.stats.packetsReceived, packetsReceived)
  exchange(pair)
  assert.is(other.closed, false)
})

test('datagrams of one handshake do nothing to another', () => {
  const { toServer, toClient } = recorded()
  const pair = Pair.connected({ seed: 7 })
  for (const datagram of toServer)
    pair.server.endpoint.receive(datagram.slice(), FROM_CLIENT, pair.now)
  for (const datagram of toClient)
    pair.client.endpoint.receive(datagram.slice(), FROM_SERVER, pair.now)
  pair.settle()
  exchange(pair)
})

test('all that was sent, replayed, changes nothing', () => {
  const pair = Pair.connected({ seed: 9 })
  exchange(pair)
  const toServer = pair.client.sent.slice()
  const { packetsReceived } = pair.server.connection.stats
  for (let round = 0; round < 3; round++)
    for (const datagram of toServer)
      pair.server.endpoint.receive(datagram.slice(), FROM_CLIENT, pair.now)
  assert.is(pair.server.connection.stats.packetsReceived, packetsReceived)
  assert.is(pair.server.connection.closed, false)
})

test('spoofed Initials from many addresses are answered within their limit each, and end', () => {
  const endpoint = freshServer(6)
  const received = new Map<number, number>()
  const sent = new Map<number, number>()
  for (let i = 0; i < 40; i++) {
    const client = createEndpoint(1000 + i)
    const pair = new Pair({ seed: 500 + i })
    const [first] = pair.flush(pair.client)
    const remote = { address: CLIENT.address, port: 20_000 + i }
    endpoint.receive(first!, { remote, local: SERVER, ecn: 0 }, 1000)
    received.set(remote.port, first!.length)
    assert.is(client.connectionCount, 0)
  }
  const batchOf = (now: number) => {
    for (const connection of endpoint['connections'].keys()) {
      const { path } = stateOf(connection)
      sent.set(path.remote.port, path.bytesSent)
    }
    return datagramsOf(endpoint, now)
  }
  let now = 1000
  for (let steps = 0; steps < 10_000; steps++) {
    batchOf(now)
    const at = endpoint.nextTimeout()
    if (at === undefined) break
    now = Math.max(now, at)
    endpoint.onTimeout(now)
  }
  assert.is(endpoint.connectionCount, 0)
  assert.is(sent.size, 40)
  for (const [port, bytes] of sent) assert.ok(bytes <= 3 * received.get(port)!, `${port}: ${bytes}`)
})

test.run()
