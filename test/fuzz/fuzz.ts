/**
 * Seeded fuzzing. Each test makes a fixed number of runs; `FUZZ_SECONDS=60` makes each go on for that
 * long, and `FUZZ_SEED=17` begin with another seed. A failure names the seed that shows it again.
 */
import type { Test } from 'uvu'
import { Random } from '../../src/sim/index.ts'

const milliseconds = Number(process.env['FUZZ_SECONDS'] ?? 0) * 1000
const firstSeed = Number(process.env['FUZZ_SEED'] ?? 0)

/** Fails when `attack` throws for any seed. */
export function fuzz(
  test: Test,
  name: string,
  runs: number,
  attack: (random: Random, seed: number) => void,
): void {
  test(name, () => {
    const end = performance.now() + milliseconds
    for (let seed = firstSeed; seed < firstSeed + runs || performance.now() < end; seed++) {
      try {
        attack(new Random(seed), seed)
      } catch (error) {
        throw new Error(`${name}: FUZZ_SEED=${seed}: ${error}`, { cause: error })
      }
    }
  })
}

/** Changes, cuts out, doubles or puts in some bytes. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let out = bytes.slice()
  for (let n = 1 + random.int(3); n > 0; n--) {
    // What comes first decides most.
    const span = random.chance(0.5) ? out.length : Math.min(out.length, 64)
    const at = random.int(span + 1)
    const length = random.int(40)
    const before = out.subarray(0, at)
    const behind = out.subarray(at)
    switch (random.int(6)) {
      case 0:
        out = Uint8Array.of(...before, ...random.randomBytes(length), ...behind)
        break
      case 1:
        out = Uint8Array.of(...before, ...behind.subarray(length))
        break
      case 2:
        out = Uint8Array.of(...before, ...behind.subarray(0, length), ...behind)
        break
      case 3:
        out = before.slice()
        break
      case 4:
        if (at < out.length) out[at] = random.int(256)
        break
      default:
        if (at < out.length) out[at]! ^= 1 << random.int(8)
    }
  }
  return out
}
