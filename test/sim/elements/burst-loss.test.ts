import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BurstLoss } from '../../../src/sim/elements/burst-loss.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/burst-loss')

for (const [rate, meanBurst] of [
  [0.3, 3],
  [0.05, 8],
  [0.5, 1],
] as const) {
  test(`loses ${rate} of all in bursts of ${meanBurst} on average`, () => {
    const count = 200_000
    const element = new BurstLoss({ rate, meanBurst }, new Random(4))
    const { dropped } = passThrough(element, packets(count, 1))
    const bursts = dropped.filter((index, i) => dropped[i - 1] !== index - 1).length
    assert.ok(Math.abs(dropped.length / count - rate) < 0.05 * rate)
    assert.ok(Math.abs(dropped.length / bursts - meanBurst) < 0.05 * meanBurst)
  })
}

test('a rate of 0 loses nothing', () => {
  const element = new BurstLoss({ rate: 0, meanBurst: 5 }, new Random(4))
  assert.equal(passThrough(element, packets(1000, 1)).dropped, [])
})

test('rates and bursts that no chain of two states has are refused', () => {
  for (const options of [
    { rate: 1, meanBurst: 3 },
    { rate: -0.1, meanBurst: 3 },
    { rate: 0.9, meanBurst: 1 },
    { rate: 0.1, meanBurst: 0.5 },
  ])
    assert.throws(() => new BurstLoss(options, new Random(4)), RangeError)
})

test.run()
