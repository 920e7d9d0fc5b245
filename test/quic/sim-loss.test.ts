import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { profiles } from '../../src/sim/index.ts'
import { World } from './sim-world.ts'

const test = suite('quic/sim: loss')

/** Patient, so that what fails is the protocol and not luck. */
const patient = { handshakeTimeout: 180_000, maxIdleTimeout: 180_000 }

test('50 of 50 handshakes and exchanges come through 30 % of loss in bursts', () => {
  for (let seed = 0; seed < 50; seed++) {
    const world = new World({
      seed,
      total: 1000,
      link: { ...profiles.interop, burstLoss: { rate: 0.3, meanBurst: 3 } },
      transport: { ...patient, initialRtt: 100 },
    })
    world.runToEnd(300_000)
    assert.is(world.failure, undefined, `seed ${seed}`)
  }
})

test('50 of 50 transfers of 1 MB each way come through 30 % of loss in bursts', () => {
  // Bursts count packets, so that probes are lost one after the other, each after twice the time.
  const endless = { handshakeTimeout: 3_000_000, maxIdleTimeout: 3_000_000, initialRtt: 100 }
  for (let seed = 0; seed < 50; seed++) {
    const world = new World({
      seed,
      link: { ...profiles.interop, burstLoss: { rate: 0.3, meanBurst: 3 } },
      transport: endless,
    })
    world.runToEnd(36_000_000)
    assert.is(world.failure, undefined, `seed ${seed}`)
    assert.ok(world.client.received && world.server.received, `seed ${seed}`)
  }
})

test('200 handshakes and exchanges at once come through 30 % of loss', () => {
  const world = new World({
    seed: 7,
    total: 1000,
    connections: 200,
    link: { delay: 15, loss: 0.3 },
    transport: patient,
  })
  world.runToEnd(300_000)
  assert.is(world.failure, undefined)
  assert.is(world.servers.length, 200)
})

test('2 MB cross each way with 2 % lost, in bursts or not', () => {
  for (const [seed, lossy] of [
    { loss: 0.02 },
    { burstLoss: { rate: 0.02, meanBurst: 3 } },
  ].entries()) {
    const world = new World({
      seed,
      total: 2 * 1024 * 1024,
      link: { ...profiles.interop, ...lossy },
    })
    world.runToEnd(60_000)
    assert.is(world.failure, undefined)
  }
})

test('a full queue that drops every other datagram of slow start is survived', () => {
  for (const [delay, megabits, queueBytes] of [
    [50, 50, 262_144],
    [50, 100, 524_288],
    [100, 50, 131_072],
  ] as const) {
    const bandwidth = { bitsPerSecond: megabits * 1e6, queueBytes }
    const world = new World({ seed: 0, total: 6 * 1024 * 1024, link: { delay, bandwidth } })
    world.runToEnd(60_000)
    assert.is(world.failure, undefined)
  }
})

test('a transfer goes on after 2 s in which nothing passes', () => {
  const world = new World({
    seed: 1,
    total: 3 * 1024 * 1024,
    link: { ...profiles.interop, blackhole: [{ start: 2000, end: 4000 }] },
  })
  world.runToEnd(30_000)
  assert.is(world.failure, undefined)
  assert.ok(world.simulator.now > 4000)
})

test('a connection to nobody ends with the handshake timeout, and nothing is left', () => {
  const world = new World({
    seed: 1,
    link: { blackhole: [{ start: 0, end: Number.POSITIVE_INFINITY }] },
    transport: { handshakeTimeout: 7000 },
  })
  const { simulator, client } = world
  simulator.run({ until: () => client.closed !== undefined, maxTime: 60_000 })
  assert.is(client.closed?.kind, 'handshakeTimeout')
  assert.is(simulator.now, 1000 + 7000)
  simulator.runFor(60_000)
  assert.is(world.clientEndpoint.connectionCount, 0)
  assert.is(world.clientEndpoint.nextTimeout(), undefined)
})

test('a connection whose path dies ends silently by the idle timeout on both sides', () => {
  const world = new World({
    seed: 1,
    total: 1000,
    link: { delay: 10, blackhole: [{ start: 5000, end: Number.POSITIVE_INFINITY }] },
    transport: { maxIdleTimeout: 20_000 },
  })
  world.runToEnd(4000)
  const { simulator, client, server } = world
  const lastSent = simulator.now
  simulator.run({
    until: () => client.closed !== undefined && server.closed !== undefined,
    maxTime: 60_000,
  })
  for (const peer of [client, server]) assert.is(peer.closed?.kind, 'idleTimeout')
  assert.ok(simulator.now - lastSent >= 19_900 && simulator.now - lastSent < 21_000)
  assert.is(world.clientEndpoint.connectionCount + world.serverEndpoint.connectionCount, 0)
})

test.run()
