import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Reorder } from '../../../src/sim/elements/reorder.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/reorder')

test('holds as many back as its rate says, by as much as it is given', () => {
  const element = new Reorder({ rate: 0.1, delay: 7 }, new Random(1))
  const { delivered } = passThrough(element, packets(10_000, 1, 1))
  const late = delivered.filter(({ at, index }) => at === index + 7).length
  const onTime = delivered.filter(({ at, index }) => at === index).length
  assert.is(late + onTime, 10_000)
  assert.ok(Math.abs(late - 1000) < 5 * 30)
})

test('impossible values are refused', () => {
  assert.throws(() => new Reorder({ rate: -1, delay: 1 }, new Random(1)), RangeError)
  assert.throws(() => new Reorder({ rate: 0.1, delay: -1 }, new Random(1)), RangeError)
})

test.run()
