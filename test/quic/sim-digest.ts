/** One run of two connections over a bad link; as a program of its own it tells what `run(3)` gave. */
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { profiles } from '../../src/sim/index.ts'
import { World } from './sim-world.ts'

export interface Outcome {
  /** Of all datagrams with their times. */
  readonly digest: string
  readonly time: number
}

export function run(seed: number): Outcome {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(run(3)))
