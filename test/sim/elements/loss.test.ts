import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Loss } from '../../../src/sim/elements/loss.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/loss')

test('loses as many as its rate says', () => {
  const { dropped, delivered } = passThrough(new Loss(0.2, new Random(1)), packets(10_000, 1))
  // Five standard deviations of a binomial distribution.
  assert.ok(Math.abs(dropped.length - 2000) < 5 * 40)
  assert.is(delivered.length + dropped.length, 10_000)
})

test('rates of 0 and 1 are certain', () => {
  assert.is(passThrough(new Loss(0, new Random(1)), packets(100)).dropped.length, 0)
  assert.is(passThrough(new Loss(1, new Random(1)), packets(100)).dropped.length, 100)
})

test('what is no probability is refused', () => {
  for (const rate of [-0.1, 1.1, Number.NaN])
    assert.throws(() => new Loss(rate, new Random(1)), RangeError)
})

test.run()
