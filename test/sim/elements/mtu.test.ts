import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Mtu } from '../../../src/sim/elements/mtu.ts'
import { passThrough } from '../toys.ts'

const test = suite('sim/elements/mtu')

test('a datagram of exactly the MTU passes, one byte more does not', () => {
  const sizes = [1200, 1201, 0, 9000]
  const { dropped } = passThrough(
    new Mtu(1200),
    sizes.map((size) => ({ bytes: new Uint8Array(size), at: 0 })),
  )
  assert.equal(dropped, [1, 3])
})

test('an MTU of 0 is refused', () => {
  assert.throws(() => new Mtu(0), RangeError)
})

test.run()
