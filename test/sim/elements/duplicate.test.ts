import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Duplicate } from '../../../src/sim/elements/duplicate.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/duplicate')

test('sends as many twice as its rate says, the copy right behind', () => {
  const { delivered, dropped } = passThrough(new Duplicate(0.25, new Random(5)), packets(4000, 1))
  assert.equal(dropped, [])
  assert.ok(Math.abs(delivered.length - 5000) < 5 * 28)
  assert.is(new Set(delivered.map(({ index }) => index)).size, 4000)
  assert.ok(delivered.every(({ index }, i) => i === 0 || index >= delivered[i - 1]!.index))
})

test('what is no probability is refused', () => {
  assert.throws(() => new Duplicate(1.5, new Random(5)), RangeError)
})

test.run()
