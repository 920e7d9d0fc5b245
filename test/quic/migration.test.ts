import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SocketAddress } from '../../src/quic/index.ts'
import type { LinkOptions } from '../../src/sim/index.ts'
import { CLIENT_ADDRESS, SERVER_ADDRESS, World } from './sim-world.ts'

const test = suite('quic/migration')

const LINK: LinkOptions = { delay: 15, bandwidth: { bitsPerSecond: 10e6, queuePackets: 25 } }

function worldInTransfer(total = 1024 * 1024, trace = false): World {
  const world = new World({ seed: 7, link: LINK, total, trace })
  world.simulator.runFor(300)
  assert.is(world.failure, undefined)
  assert.ok(world.server.confirmed, 'the handshake is over')
  assert.not.ok(world.server.received, 'the transfer is not')
  return world
}

/** Datagrams that the server sent to an address, from the trace. */
function sentTo(world: World, { address, port }: SocketAddress) {
  return world.simulator.trace.filter(
    ({ from, to }) =>
      from.port === SERVER_ADDRESS.port && to.address === address && to.port === port,
  )
}

test('a server follows its client to a new port, and the transfer goes on', () => {
  const world = worldInTransfer()
  const windowBefore = world.server.connection.stats.congestionWindow
  world.simulator.rebind(world.clientNode, { ...CLIENT_ADDRESS, port: 50_000 })
  world.simulator.runFor(100)
  assert.equal(world.server.connection.remote, { ...CLIENT_ADDRESS, port: 50_000 })
  assert.ok(world.server.connection.stats.congestionWindow >= windowBefore / 2, 'window kept')
  world.runToEnd(30_000)
  assert.is(world.failure, undefined)
})

test('a server that sees a new address begins with the window of a new path', () => {
  const world = worldInTransfer()
  const moved = { address: '10.0.9.9', port: 50_000 }
  world.simulator.rebind(world.clientNode, moved)
  let sawInitialWindow = false
  world.simulator.run({
    until: () => {
      const { congestionWindow } = world.server.connection.stats
      if (world.server.connection.remote.address !== moved.address) return false
      if (congestionWindow === 12_000) sawInitialWindow = true
      return true
    },
    maxTime: 1000,
  })
  assert.ok(sawInitialWindow)
  world.runToEnd(30_000)
  assert.is(world.failure, undefined)
})

test('the first datagram to a new address is a challenge, and no more than three times what came follows', () => {
  const world = worldInTransfer(1024 * 1024, true)
  const moved = { address: '10.0.9.9', port: 50_000 }
  world.simulator.rebind(world.clientNode, moved)
  // What goes to the new address is lost, so that it is never validated.
  world.simulator.link(world.serverNode, world.clientNode, { ab: { loss: 1 }, ba: LINK })
  world.simulator.runFor(3000)
  const sent = sentTo(world, moved)
  const received = world.simulator.trace.filter(
    ({ from, fate }) => from.address === moved.address && fate === 'delivered',
  )
  const bytes = (records: readonly { bytes: Uint8Array }[]) =>
    records.reduce((sum, record) => sum + record.bytes.length, 0)
  assert.ok(sent.length > 0)
  assert.is(sent[0]!.bytes.length, 1200, 'padded as RFC 9000 §8.2.1 wants it')
  assert.ok(bytes(sent) <= 3 * bytes(received), `${bytes(sent)} sent for ${bytes(received)}`)
})

test('a move in every second of a transfer is survived', () => {
  // Whoever only listens does not learn that it has moved: the client speaks up after a silence.
  const transport = { keepAliveInterval: 300 }
  const world = new World({ seed: 3, link: LINK, total: 4 * 1024 * 1024, transport })
  for (let i = 1; i < 10; i++) {
    world.simulator.at(1000 + i * 500, () => {
      world.simulator.rebind(world.clientNode, { address: `10.0.0.${i + 1}`, port: 40_000 + i })
    })
  }
  world.runToEnd(60_000)
  assert.is(world.failure, undefined)
})

test('datagrams repeated from another address do not move a connection for long', () => {
  const world = worldInTransfer(1024 * 1024, true)
  const { simulator, serverEndpoint } = world
  const attacker = { address: '10.6.6.6', port: 666 }
  // A copy of the newest datagram of the client overtakes the original (RFC 9000 §9.3.2).
  const last = simulator.trace.filter(({ from }) => from.port === CLIENT_ADDRESS.port).at(-1)!
  const meta = { remote: attacker, local: SERVER_ADDRESS, ecn: 0 as const }
  serverEndpoint.receive(last.bytes.slice(), meta, simulator.now)
  simulator.wake(world.serverNode)
  world.runToEnd(30_000)
  assert.is(world.failure, undefined)
  assert.equal(world.server.connection.remote, CLIENT_ADDRESS)
})

test('a client hears its server from no other address', () => {
  const world = worldInTransfer(1024 * 1024, true)
  const { simulator, clientEndpoint } = world
  const dropped = world.client.connection.stats.packetsDropped
  const last = simulator.trace.filter(({ from }) => from.port === SERVER_ADDRESS.port).at(-1)!
  const elsewhere = { address: '10.6.6.6', port: 443 }
  const meta = { remote: elsewhere, local: CLIENT_ADDRESS, ecn: 0 as const }
  clientEndpoint.receive(last.bytes.slice(), meta, simulator.now)
  assert.is(world.client.connection.stats.packetsDropped, dropped + 1)
  assert.equal(world.client.connection.remote, SERVER_ADDRESS)
})

test('before the handshake is confirmed another address is not heard', () => {
  const world = new World({ seed: 5, link: LINK, total: 1000, trace: true })
  const { simulator, serverEndpoint } = world
  simulator.runFor(16)
  assert.is(world.serverEndpoint.connectionCount, 1)
  const first = simulator.trace[0]!
  const meta = { remote: { address: '10.6.6.6', port: 1 }, local: SERVER_ADDRESS, ecn: 0 as const }
  const sent = simulator.trace.length
  serverEndpoint.receive(first.bytes.slice(), meta, simulator.now)
  simulator.wake(world.serverNode)
  simulator.runFor(1)
  assert.is(simulator.trace.length, sent, 'nothing is sent for it')
  world.runToEnd(10_000)
  assert.is(world.failure, undefined)
})

test('addresses that a client tries are remembered up to a cap', () => {
  const world = worldInTransfer(4 * 1024 * 1024)
  for (let i = 0; i < 20; i++) {
    world.simulator.rebind(world.clientNode, { address: `10.0.2.${i}`, port: 1000 + i })
    world.simulator.runFor(60)
  }
  const { known } = world.server.connection['state'].paths as unknown as { known: unknown[] }
  assert.is(known.length, 4)
  world.runToEnd(60_000)
  assert.is(world.failure, undefined)
})

test.run()
