import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DropList } from '../../../src/sim/elements/drop-list.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/drop-list')

test('drops exactly the listed datagrams, counted from 1', () => {
  assert.equal(passThrough(new DropList([1, 4, 99]), packets(6)).dropped, [0, 3])
})

test.run()
