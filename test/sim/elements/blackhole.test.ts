import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Blackhole } from '../../../src/sim/elements/blackhole.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/blackhole')

test('nothing passes from the start of a window to before its end', () => {
  const element = new Blackhole([
    { start: 10, end: 30 },
    { start: 50, end: 60 },
  ])
  assert.equal(passThrough(element, packets(8, 1, 10)).dropped, [1, 2, 5])
})

test.run()
