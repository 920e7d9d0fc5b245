import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Corrupt } from '../../../src/sim/elements/corrupt.ts'
import { Random } from '../../../src/sim/index.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/corrupt')

test('changes one byte of as many datagrams as its rate says, and only a copy', () => {
  const sent = packets(5000, 20)
  const element = new Corrupt({ rate: 0.5 }, new Random(6))
  const { delivered } = passThrough(element, sent)
  const positions = new Set<number>()
  let changed = 0
  for (const { bytes, index } of delivered) {
    assert.is(sent[index]!.bytes[0], index & 0xff)
    const different = [...bytes.keys()].filter((i) => bytes[i] !== (i === 0 ? index & 0xff : 0))
    assert.ok(different.length <= 1)
    if (different.length === 1) changed++
    for (const position of different) positions.add(position)
  }
  assert.is(delivered.length, 5000)
  assert.ok(Math.abs(changed - 2500) < 5 * 36)
  assert.is(positions.size, 20)
})

test('stays within the bytes that it is given', () => {
  const element = new Corrupt({ rate: 1, within: 4 }, new Random(6))
  const seen = new Set<number>()
  for (const { bytes, index } of passThrough(element, packets(500, 50)).delivered)
    for (const [i, byte] of bytes.entries()) if (byte !== (i === 0 ? index & 0xff : 0)) seen.add(i)
  assert.equal(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3],
  )
})

test('an empty datagram has nothing to change', () => {
  const element = new Corrupt({ rate: 1 }, new Random(6))
  assert.is(passThrough(element, [{ bytes: new Uint8Array(), at: 0 }]).delivered.length, 1)
})

test('impossible values are refused', () => {
  assert.throws(() => new Corrupt({ rate: 2 }, new Random(6)), RangeError)
  assert.throws(() => new Corrupt({ rate: 0.5, within: 0 }, new Random(6)), RangeError)
})

test.run()
