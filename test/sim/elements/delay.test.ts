import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Delay } from '../../../src/sim/elements/delay.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/delay')

test('without jitter every datagram is as late as any other', () => {
  const { delivered } = passThrough(new Delay(15, 0, new Random(1)), packets(4, 1, 2))
  assert.equal(
    delivered.map(({ at }) => at),
    [15, 17, 19, 21],
  )
})

test('jitter is spread between nothing and all of it', () => {
  const { delivered } = passThrough(new Delay(10, 5, new Random(1)), packets(1000, 1, 100))
  const delays = delivered.map(({ at, index }) => at - index * 100)
  assert.ok(Math.min(...delays) >= 10 && Math.min(...delays) < 10.1)
  assert.ok(Math.max(...delays) < 15 && Math.max(...delays) > 14.9)
})

test('jitter does not change the order', () => {
  const { delivered } = passThrough(new Delay(10, 50, new Random(1)), packets(1000, 1, 1))
  assert.ok(delivered.every(({ at }, i) => i === 0 || at >= delivered[i - 1]!.at))
})

test('negative times are refused', () => {
  assert.throws(() => new Delay(-1, 0, new Random(1)), RangeError)
  assert.throws(() => new Delay(1, -1, new Random(1)), RangeError)
})

test.run()
