/** A71: nothing is sent to the port of a service that would answer, or to nobody's. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DatagramBatch, type DatagramMeta } from '../../src/quic/index.ts'
import { THROTTLED_PORT_BURST } from '../../src/quic/limits.ts'
import { writePing } from '../../src/quic/wire/index.ts'
import { CLIENT, createEndpoint, Pair, SERVER, serverConfig } from '../quic/support/pair.ts'
import { frames, rawOneRtt, stateOf } from '../quic/support/raw-packets.ts'

const test = suite('attacks/reflection ports')

const BLOCKED = [0, 17, 19, 53, 111, 123, 137, 138, 161, 389, 500]
const THROTTLED = [1900, 3702, 5353, 5355, 11_211]
const PINGS = frames(writePing, writePing, writePing, writePing)

const from = (port: number): DatagramMeta => ({
  remote: { address: CLIENT.address, port },
  local: SERVER,
  ecn: 0,
})

/** The ports that a machine has something to send to now. */
function portsOf(pair: Pair): number[] {
  const batch = new DatagramBatch(1000, () => new Uint8Array(1500))
  pair.server.endpoint.transmit(pair.now, batch)
  return batch.remotes.slice(0, batch.count).map(({ port }) => port)
}

test('a first Initial, an unknown version and an unknown connection id are not answered there', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const version = first!.slice()
  version.set([0x0a, 0x0a, 0x0a, 0x0a], 1)
  const short = new Uint8Array(1200).fill(0x40)
  for (const port of BLOCKED)
    for (const datagram of [first!, version, short])
      pair.server.endpoint.receive(datagram.slice(), from(port), pair.now)
  assert.equal(portsOf(pair), [])
  assert.is(pair.server.endpoint.connectionCount, 0)
  // From anywhere else each of them is answered.
  for (const datagram of [version, short, first!])
    pair.server.endpoint.receive(datagram.slice(), from(40_000), pair.now)
  assert.is(pair.server.endpoint.connectionCount, 1)
  assert.ok(portsOf(pair).length >= 3)
})

test('of ports that a client may have by chance a few begin a connection', () => {
  const endpoint = createEndpoint(1)
  endpoint.listen(serverConfig)
  for (let i = 0; i < THROTTLED_PORT_BURST + 5; i++) {
    const other = new Pair({ seed: 100 + i })
    const [first] = other.flush(other.client)
    endpoint.receive(first!, from(THROTTLED[i % THROTTLED.length]!), 1000)
    // Handshakes have a pace of their own.
    endpoint.onTimeout(1000)
  }
  assert.is(endpoint.connectionCount, THROTTLED_PORT_BURST)
  assert.is(endpoint.stats.dropped, 5)
})

test('a client that moves there is not heard, and goes on where it was', () => {
  const pair = Pair.connected()
  const { connection, endpoint } = pair.server
  const { packetsReceived } = connection.stats
  for (const port of BLOCKED)
    endpoint.receive(rawOneRtt(pair.client.connection, PINGS), from(port), pair.now)
  assert.is(connection.stats.packetsReceived, packetsReceived)
  assert.equal(portsOf(pair), [])
  assert.equal(connection.remote, CLIENT)
  pair.deliver([rawOneRtt(pair.client.connection, PINGS)], 'toServer')
  assert.is(connection.stats.packetsReceived, packetsReceived + 1)
})

test('connections that move to such ports, one after the other, are heard at a rate', () => {
  const pair = Pair.connected()
  const { connection, endpoint } = pair.server
  const { paths } = stateOf(connection)
  let moves = 0
  for (let i = 0; i < 100; i++) {
    const { active } = paths
    const port = THROTTLED[i % THROTTLED.length]!
    // Another address each time: a path that is known needs no permission.
    const remote = { address: `10.2.0.${i}`, port }
    endpoint.receive(
      rawOneRtt(pair.client.connection, PINGS),
      { remote, local: SERVER, ecn: 0 },
      pair.now,
    )
    if (paths.active !== active) moves++
  }
  assert.is(moves, THROTTLED_PORT_BURST)
})

test.run()
