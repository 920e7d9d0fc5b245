import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PacketNumberSkipper } from '../../../src/quic/connection/packet-number-skipper.ts'
import { Random } from '../../../src/sim/index.ts'

const test = suite('quic/connection/packet-number-skipper')

function skips(seed: number, count: number): number[] {
  const random = new Random(seed)
  const skipper = new PacketNumberSkipper((length) => random.randomBytes(length))
  const skipped: number[] = []
  for (let n = 0; n < count; n++) if (skipper.shouldSkip(n)) skipped.push(n)
  return skipped
}

test('numbers are left out at growing distances', () => {
  const skipped = skips(1, 100_000)
  assert.ok(skipped.length >= 6 && skipped.length <= 12, `${skipped.length}`)
  assert.ok(skipped[0]! >= 128 && skipped[0]! < 256)
  for (let i = 1; i < skipped.length; i++) {
    const gap = 128 * 2 ** i
    const distance = skipped[i]! - skipped[i - 1]!
    assert.ok(distance > gap && distance <= 2 * gap, `${distance} at ${i}`)
  }
})

test('nobody can tell beforehand which', () => {
  const firsts = new Set(Array.from({ length: 50 }, (_, seed) => skips(seed, 300)[0]))
  assert.ok(firsts.size > 25)
})

test.run()
