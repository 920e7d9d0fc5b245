import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LinkOptions, Random } from '../../src/sim/index.ts'
import { World, type WorldOptions } from './sim-world.ts'

const test = suite('quic/sim: random networks')

/** Any link, as bad as links get in real life and worse. */
function randomLink(random: Random): LinkOptions {
  const sometimes = <T>(probability: number, make: () => T) =>
    random.chance(probability) ? make() : undefined
  const blackholeStart = 1000 + random.int(2000)
  return withoutUndefined({
    delay: random.int(100),
    jitter: sometimes(0.5, () => random.next() * 30),
    bandwidth: sometimes(0.4, () => ({
      bitsPerSecond: 1e6 + random.next() * 50e6,
      queuePackets: 5 + random.int(60),
    })),
    loss: sometimes(0.4, () => random.next() * 0.1),
    burstLoss: sometimes(0.3, () => ({
      rate: random.next() * 0.3,
      meanBurst: 1 + random.next() * 4,
    })),
    corrupt: sometimes(0.3, () => ({
      rate: random.next() * 0.1,
      within: random.chance(0.5) ? 51 : 9000,
    })),
    duplicate: sometimes(0.3, () => random.next() * 0.3),
    reorder: sometimes(0.4, () => ({ rate: random.next() * 0.3, delay: random.next() * 60 })),
    blackhole: sometimes(0.2, () => [
      { start: blackholeStart, end: blackholeStart + random.int(3000) },
    ]),
  })
}

/** A use of the transport: few large streams, many small ones, several connections, tight windows. */
function randomUse(random: Random): Omit<WorldOptions, 'seed' | 'link'> {
  const streams = random.chance(0.3) ? 1 + random.int(150) : 1
  const connections = random.chance(0.3) ? 1 + random.int(10) : 1
  const total = Math.min(
    Math.floor(10 ** (1 + random.next() * 4.5)),
    Math.ceil(1e6 / streams / connections),
  )
  const windows = {
    initialMaxData: 2000 + random.int(30_000),
    initialMaxStreamData: 1000 + random.int(20_000),
    sendBufferHighWaterMark: 1000 + random.int(50_000),
    maxConnectionWindow: 60_000,
    maxStreamWindow: 40_000,
  }
  return {
    streams,
    connections,
    total,
    transport: {
      // So long that bad luck is not taken for a fault.
      handshakeTimeout: 3_000_000,
      maxIdleTimeout: 3_000_000,
      initialRtt: random.chance(0.5) ? 100 : 333,
      initialMaxStreamsBidi: 1 + random.int(50),
      keepAliveInterval: random.chance(0.3) ? 5000 : 0,
      maxDatagramSize: random.chance(0.3) ? 1200 + random.int(7000) : 1200,
      ...(random.chance(0.4) ? windows : {}),
    },
  }
}

function withoutUndefined(
  options: {
    [name in keyof LinkOptions]: LinkOptions[name] | undefined
  },
): LinkOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function check(seed: number): void {
  const random = new Random(seed)
  const ab = randomLink(random)
  const ba = randomLink(random)
  const world = new World({ seed, link: { ab, ba }, ...randomUse(random) })
  const name = `seed ${seed}`
  try {
    world.runToEnd(3_600_000)
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
  assert.is(world.failure, undefined, name)
  for (const { connection } of world.clients) connection.close(7, 'done')
  world.simulator.wake(world.clientNode)
  world.simulator.runFor(10_000_000)
  for (const endpoint of [world.clientEndpoint, world.serverEndpoint]) {
    assert.is(endpoint.connectionCount, 0, name)
    assert.is(endpoint.nextTimeout(), undefined, name)
  }
}

test('networks in which a handshake once got stuck', () => {
  for (const seed of [133, 191, 338, 356, 358, 470, 597, 838, 1034]) check(seed)
})

for (let from = 0; from < 120; from += 20) {
  test(`everything arrives and everything is forgotten in networks ${from} to ${from + 19}`, () => {
    for (let seed = from; seed < from + 20; seed++) check(seed)
  })
}

test.run()
