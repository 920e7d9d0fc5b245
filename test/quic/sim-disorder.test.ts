import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LinkOptions, profiles } from '../../src/sim/index.ts'
import { World, type WorldOptions } from './sim-world.ts'

const test = suite('quic/sim: disorder')

function transfer(link: LinkOptions, options: Partial<WorldOptions> = {}): World {
  const world = new World({ seed: 1, link, ...options })
  world.runToEnd(120_000)
  assert.is(world.failure, undefined)
  return world
}

test('1 MB crosses each way though a tenth is overtaken', () => {
  transfer({ delay: 20, reorder: { rate: 0.1, delay: 15 } })
})

test('1 MB crosses each way though everything comes twice', () => {
  transfer({ delay: 20, duplicate: 1 })
})

test('what comes twice is counted once', () => {
  const { client, server } = transfer({ delay: 20, duplicate: 1 })
  assert.ok(client.connection.stats.packetsReceived <= server.connection.stats.packetsSent)
  assert.ok(server.connection.stats.packetsReceived <= client.connection.stats.packetsSent)
})

test('1 MB crosses each way though some bytes are changed, anywhere or in headers', () => {
  for (const within of [51, 9000]) {
    const world = transfer({ delay: 20, corrupt: { rate: 0.03, within } }, { trace: true })
    assert.ok(world.simulator.trace.some(({ marks }) => marks.includes('corrupt')))
  }
})

test('20 handshakes of 20 survive 30 % of changed datagrams', () => {
  for (let seed = 0; seed < 20; seed++) {
    transfer(
      { delay: 20, corrupt: { rate: 0.3, within: 51 } },
      { seed, total: 1000, transport: { handshakeTimeout: 100_000, maxIdleTimeout: 100_000 } },
    )
  }
})

test('1 MB crosses each way over every kind of link', () => {
  for (const profile of Object.values(profiles)) transfer(profile)
})

test('a round trip of 1.5 s is no reason to give up', () => {
  transfer({ delay: 750 }, { total: 1000 })
})

test('5 MB each way use at least 80 % of a link with a short queue', () => {
  const total = 5 * 1024 * 1024
  const { simulator } = transfer(profiles.interop, { total })
  const seconds = (simulator.now - 1000) / 1000
  const used = (total * 8) / seconds / profiles.interop.bandwidth.bitsPerSecond
  assert.ok(used > 0.8 && used < 1, `used ${used}`)
})

test('2,000 small exchanges share a connection that allows 100 at a time', () => {
  const { client, server } = transfer(profiles.interop, { total: 32, streams: 2000 })
  assert.is(client.streams.size, 2000)
  assert.is(server.streams.size, 2000)
})

test('windows of 2 kB are slow and no dead end', () => {
  transfer(
    { delay: 5, loss: 0.02 },
    {
      total: 100_000,
      streams: 3,
      transport: {
        initialMaxData: 2000,
        maxConnectionWindow: 4000,
        initialMaxStreamData: 1000,
        maxStreamWindow: 2000,
        sendBufferHighWaterMark: 3000,
      },
    },
  )
})

test('a new port at the NAT in an idle time is survived, and the end is by timeout', () => {
  const world = transfer({ delay: 10 }, { total: 1000, transport: { maxIdleTimeout: 10_000 } })
  world.simulator.rebind(world.clientNode, { address: '10.0.0.1', port: 40_001 })
  world.client.connection.ping()
  world.simulator.wake(world.clientNode)
  world.simulator.runFor(5_000)
  assert.is(world.server.connection.remote.port, 40_001)
  world.simulator.runFor(60_000)
  assert.is(world.serverEndpoint.connectionCount, 0)
  assert.is(world.clientEndpoint.connectionCount, 0)
})

test('to close reaches the other side, and both forget', () => {
  const world = transfer(profiles.interop, { total: 1000, connections: 5 })
  for (const { connection } of world.clients) connection.close(0x1234, 'that is all')
  world.simulator.wake(world.clientNode)
  world.simulator.runFor(60_000)
  for (const { closed } of world.servers)
    assert.equal(closed, {
      kind: 'application',
      errorCode: 0x1234,
      reason: 'that is all',
      remote: true,
    })
  for (const endpoint of [world.clientEndpoint, world.serverEndpoint]) {
    assert.is(endpoint.connectionCount, 0)
    assert.is(endpoint.nextTimeout(), undefined)
  }
})

test.run()
