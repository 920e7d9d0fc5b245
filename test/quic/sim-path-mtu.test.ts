import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Connection } from '../../src/quic/index.ts'
import { type LinkOptions, Random } from '../../src/sim/index.ts'
import { CLIENT_ADDRESS, SERVER_ADDRESS, World, type WorldOptions } from './sim-world.ts'
import { stateOf } from './support/raw-packets.ts'

const test = suite('quic/sim: path MTU')

const LINK: LinkOptions = { delay: 10, bandwidth: { bitsPerSecond: 50e6, queueBytes: 512 * 1024 } }
const SLOW: LinkOptions = { delay: 10, bandwidth: { bitsPerSecond: 10e6, queueBytes: 64 * 1024 } }
const MB = 1024 * 1024
const DISCOVERY = {
  clientEndpoint: { discoverPathMtu: true },
  serverEndpoint: { discoverPathMtu: true },
}

function worldWith(link: LinkOptions, options: Partial<WorldOptions> = {}): World {
  return new World({
    seed: 11,
    ...DISCOVERY,
    total: 2 * MB,
    ...options,
    link: { ...LINK, ...link },
  })
}

function sizesOf(world: World): number[] {
  return [world.client, world.server].map(({ connection }) => connection.stats.maxDatagramSize)
}

function transfer(link: LinkOptions, options: Partial<WorldOptions> = {}): World {
  const world = worldWith(link, options)
  world.runToEnd(600_000)
  assert.is(world.failure, undefined)
  return world
}

/** Probes of a connection that wait for their acknowledgment. */
function probesInFlight(connection: Connection): number {
  const sent = stateOf(connection).recovery.sent(2)
  let count = 0
  for (let n = sent.oldest; n < sent.nextPacketNumber; n++) {
    if (sent.outstanding(n)?.isMtuProbe) count++
  }
  return count
}

test('where nobody asks for it all datagrams have the configured size', () => {
  const world = transfer({}, { clientEndpoint: {}, serverEndpoint: {}, total: MB, trace: true })
  assert.equal(sizesOf(world), [1200, 1200])
  assert.is(Math.max(...world.simulator.trace.map(({ bytes }) => bytes.length)), 1200)
})

test('Ethernet is found: 1,472 bytes over IPv4, 1,452 over IPv6', () => {
  assert.equal(sizesOf(transfer({ mtu: 1472 })), [1472, 1472])
  assert.equal(sizesOf(transfer({ mtu: 1452 })), [1452, 1452])
})

test('jumbo frames are found, up to the largest datagram that there is', () => {
  assert.equal(sizesOf(transfer({ mtu: 8952 }, { total: 4 * MB })), [8952, 8952])
  assert.equal(sizesOf(transfer({ mtu: 9000 }, { total: 4 * MB })), [9000, 9000])
})

test('a path that carries 1,200 bytes and no more is used as it is', () => {
  const world = transfer({ mtu: 1200 }, { trace: true })
  assert.equal(sizesOf(world), [1200, 1200])
  const probes = world.simulator.trace.filter(({ bytes }) => bytes.length > 1200)
  assert.ok(probes.length > 0 && probes.length <= 2 * 3 * 9, `${probes.length} probes`)
})

test('whatever a path carries is found to a few bytes, each way for itself', () => {
  const random = new Random(2024)
  for (let i = 0; i < 12; i++) {
    const there = 1200 + random.int(i < 6 ? 400 : 7801)
    const back = 1200 + random.int(i < 6 ? 400 : 7801)
    const world = new World({
      seed: i,
      ...DISCOVERY,
      total: 5 * MB,
      link: { ab: { ...SLOW, mtu: there }, ba: { ...SLOW, mtu: back } },
    })
    world.runToEnd(600_000)
    assert.is(world.failure, undefined)
    const [client, server] = sizesOf(world) as [number, number]
    assert.ok(client <= there && client > there - 20, `${client} of ${there}`)
    assert.ok(server <= back && server > back - 20, `${server} of ${back}`)
  }
})

test('5 % of random loss do not keep it from being found', () => {
  for (let seed = 0; seed < 10; seed++) {
    const world = transfer({ mtu: 1472, loss: 0.05 }, { seed, total: 3 * MB })
    for (const size of sizesOf(world))
      assert.ok(size >= 1452 && size <= 1472, `seed ${seed}: ${size}`)
  }
})

test('lost probes are no sign of congestion', () => {
  // No bottleneck, so that nothing else is lost.
  const world = new World({
    seed: 3,
    ...DISCOVERY,
    total: 2 * MB,
    trace: true,
    link: { delay: 10, mtu: 1300 },
  })
  const { simulator } = world
  let lastWindow = 0
  simulator.run({
    until: () => {
      const { connection } = world.client
      const { congestionWindow, packetsLost } = connection.stats
      assert.ok(congestionWindow >= lastWindow, 'the window never shrinks')
      assert.is(packetsLost, 0)
      lastWindow = congestionWindow
      return world.client.received && world.server.received
    },
    maxTime: 60_000,
  })
  const lost = simulator.trace.filter(({ bytes }) => bytes.length > 1300)
  assert.ok(lost.length >= 6, `${lost.length} probes were lost`)
  const { congestion } = stateOf(world.client.connection).recovery
  assert.is(congestion.slowStartThreshold, Number.POSITIVE_INFINITY)
})

test('there is one probe at most in flight, and the window holds it', () => {
  const world = worldWith({ mtu: 5000, loss: 0.01 }, { total: 4 * MB })
  let seen = 0
  world.simulator.run({
    until: () => {
      for (const { connection } of [...world.clients, ...world.servers]) {
        const probes = probesInFlight(connection)
        assert.ok(probes <= 1)
        seen += probes
      }
      return world.client.received && world.server.received
    },
    maxTime: 600_000,
  })
  assert.ok(seen > 0)
})

test('a probe leaves only while the window holds it', () => {
  const world = worldWith({ mtu: 9000 })
  const { connection } = world.client
  const { recovery } = stateOf(connection)
  const original = recovery.onPacketSent.bind(recovery)
  let probes = 0
  recovery.onPacketSent = (space, packet, now) => {
    original(space, packet, now)
    if (!packet.isMtuProbe) return
    probes++
    assert.ok(recovery.bytesInFlight <= recovery.congestion.congestionWindow)
    assert.ok(recovery.handshakeConfirmed)
  }
  world.runToEnd(60_000)
  assert.ok(probes >= 4, `${probes}`)
})

test('a transfer goes on when its path ceases to carry what it carried', () => {
  for (const [before, after] of [
    [9000, 1472],
    [1472, 1200],
    [9000, 1200],
  ] as const) {
    const total = 12 * MB
    const world = worldWith({ mtu: before }, { total })
    world.simulator.runFor(1000)
    assert.equal(sizesOf(world), [before, before])
    assert.not.ok(world.client.received)
    world.simulator.link(world.clientNode, world.serverNode, { ...LINK, mtu: after })
    const cutAt = world.simulator.now
    const hasFallenBack = () => sizesOf(world).every((size) => size === 1200)
    world.simulator.run({ until: hasFallenBack, maxTime: 10_000 })
    assert.ok(world.simulator.now - cutAt < 3000, `${world.simulator.now - cutAt} ms`)
    world.runToEnd(60_000)
    assert.is(world.failure, undefined)
    assert.ok(world.client.received && world.server.received)
  }
})

test('a minute after it fell back a connection looks again', () => {
  const bandwidth = { bitsPerSecond: 1e6, queueBytes: 64 * 1024 }
  const world = worldWith({ mtu: 9000, bandwidth }, { total: 12 * MB })
  world.simulator.runFor(10_000)
  assert.equal(sizesOf(world), [9000, 9000])
  const link = { ...LINK, bandwidth, mtu: 1472 }
  world.simulator.link(world.clientNode, world.serverNode, link)
  world.simulator.runFor(30_000)
  assert.equal(sizesOf(world), [1200, 1200])
  world.simulator.runFor(45_000)
  assert.not.ok(world.client.received)
  assert.equal(sizesOf(world), [1472, 1472])
})

test('burst loss and full queues are not taken for a black hole', () => {
  const world = worldWith(
    {
      burstLoss: { rate: 0.02, meanBurst: 4 },
      bandwidth: { bitsPerSecond: 10e6, queuePackets: 12 },
    },
    { total: 4 * MB },
  )
  let largest = 0
  world.simulator.run({
    until: () => {
      const { maxDatagramSize } = world.client.connection.stats
      assert.ok(maxDatagramSize >= largest, `${maxDatagramSize} after ${largest}`)
      largest = maxDatagramSize
      return (world.client.received && world.server.received) || world.failure !== undefined
    },
    maxTime: 600_000,
  })
  assert.is(world.failure, undefined)
  assert.ok(largest >= 1472)
})

test('an idle connection sends no probes, and is not kept from ending', () => {
  const transport = { maxIdleTimeout: 3_600_000 }
  const quiet = worldWith({ mtu: 1472 }, { total: 1000, transport })
  quiet.simulator.runFor(5000)
  const before = quiet.clientNode.sentCount + quiet.serverNode.sentCount
  quiet.simulator.runFor(600_000)
  assert.is(quiet.clientNode.sentCount + quiet.serverNode.sentCount, before)

  const busy = transfer({ mtu: 1472 }, { transport: { maxIdleTimeout: 20_000 } })
  busy.simulator.runFor(1000)
  const after = busy.clientNode.sentCount + busy.serverNode.sentCount
  busy.simulator.runFor(21_000)
  assert.is(busy.clientNode.sentCount + busy.serverNode.sentCount, after)
  assert.is(busy.client.closed?.kind, 'idleTimeout')
})

test('PINGs that keep a connection alive bring no probes', () => {
  const transport = { keepAliveInterval: 1000 }
  const world = worldWith({ mtu: 1472 }, { total: 1000, transport, trace: true })
  world.simulator.runFor(600_000)
  assert.is(world.failure, undefined)
  const { trace } = world.simulator
  assert.ok(trace.length > 1000)
  assert.is(Math.max(...trace.map(({ bytes }) => bytes.length)), 1200)
})

test("the peer's max_udp_payload_size is a ceiling", () => {
  const world = worldWith({ mtu: 9000 }, { trace: true })
  const { connection } = world.client
  const original = connection.onPeerParameters.bind(connection)
  connection.onPeerParameters = (parameters) => original({ ...parameters, maxUdpPayloadSize: 1440 })
  world.runToEnd(60_000)
  assert.is(world.failure, undefined)
  assert.is(connection.stats.maxDatagramSize, 1440)
  const sent = world.simulator.trace.filter(({ from }) => from.port === CLIENT_ADDRESS.port)
  assert.is(Math.max(...sent.map(({ bytes }) => bytes.length)), 1440)
})

test('on another path the search begins anew, and not before the path is validated', () => {
  const moved = { address: '10.0.9.9', port: 50_000 }
  for (const validates of [true, false]) {
    const world = worldWith({ mtu: 1472 }, { total: 8 * MB, trace: true })
    const { simulator } = world
    simulator.runFor(700)
    assert.equal(sizesOf(world), [1472, 1472])
    assert.not.ok(world.server.received)
    simulator.rebind(world.clientNode, moved)
    const link = { ...LINK, mtu: 1400 }
    const ab = validates ? link : { ...link, loss: 1 }
    simulator.link(world.serverNode, world.clientNode, { ab, ba: link })
    let sizeOnArrival = 0
    let windowOnArrival = 0
    simulator.run({
      until: () => {
        const { connection } = world.server
        if (connection.remote.address !== moved.address) return false
        sizeOnArrival = connection.stats.maxDatagramSize
        windowOnArrival = connection.stats.congestionWindow
        return true
      },
      maxTime: 1000,
    })
    assert.is(sizeOnArrival, 1200)
    assert.is(windowOnArrival, 12_000)
    if (validates) {
      world.runToEnd(60_000)
      assert.is(world.failure, undefined)
      const { maxDatagramSize } = world.server.connection.stats
      assert.ok(maxDatagramSize > 1380 && maxDatagramSize <= 1400, `${maxDatagramSize}`)
    } else {
      simulator.runFor(5000)
      const there = simulator.trace.filter(
        ({ from, to }) => from.port === SERVER_ADDRESS.port && to.address === moved.address,
      )
      assert.ok(there.length > 0)
      assert.is(Math.max(...there.map(({ bytes }) => bytes.length)), 1200)
    }
  }
})

test('10 MB take less than a quarter of the datagrams where 9,000 bytes pass', () => {
  const count = (options: Partial<WorldOptions>) => {
    const world = transfer({ mtu: 9000 }, { total: 10 * MB, ...options })
    return world.clientNode.sentCount + world.serverNode.sentCount
  }
  const large = count({})
  const small = count({ clientEndpoint: {}, serverEndpoint: {} })
  assert.ok(large < small / 4, `${large} of ${small}`)
})

test('two runs of one seed are the same to the last byte', () => {
  const run = () => transfer({ mtu: 1472, loss: 0.02 }, { total: MB }).simulator.digest
  assert.is(run(), run())
})

test.run()
