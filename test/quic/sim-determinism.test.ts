import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { profiles } from '../../src/sim/index.ts'
import { World } from './sim-world.ts'

const test = suite('quic/sim: determinism')

function run(seed: number): { digest: string; time: number } {
  const world = new World({
    seed,
    total: 100_000,
    streams: 3,
    connections: 2,
    link: { ...profiles.wifi, corrupt: { rate: 0.01 }, reorder: { rate: 0.02, delay: 10 } },
  })
  world.runToEnd(60_000)
  assert.is(world.failure, undefined)
  return { digest: world.simulator.digest, time: world.simulator.now }
}

test('the same seed gives the same bytes at the same times', () => {
  assert.equal(run(3), run(3))
})

test('other seeds give other bytes', () => {
  assert.is(new Set([1, 2, 3, 4, 5].map((seed) => run(seed).digest)).size, 5)
})

test.run()
