import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  fromHex,
  readVarint,
  toHex,
  varintLength,
  varintLengthFromFirstByte,
  writeVarint,
} from '../../src/bytes/index.ts'

const test = suite('varint')

/** RFC 9000 §A.1; the first is above what a number holds exactly and has a test of its own. */
const RFC_EXAMPLES: readonly (readonly [string, number])[] = [
  ['9d7f3e7d', 494878333],
  ['7bbd', 15293],
  ['25', 37],
]
/** Both ends of each length, and of a number's 53 bits. */
const EDGES: readonly (readonly [string, number])[] = [
  ['00', 0],
  ['3f', 63],
  ['4040', 64],
  ['7fff', 16383],
  ['80004000', 16384],
  ['bfffffff', 2 ** 30 - 1],
  ['c000000040000000', 2 ** 30],
  ['c0000000ffffffff', 2 ** 32 - 1],
  ['c000000100000000', 2 ** 32],
  ['c01fffffffffffff', Number.MAX_SAFE_INTEGER],
]

const write = (value: number) => {
  const out = new Uint8Array(10).fill(0xee)
  const end = writeVarint(out, 1, value)
  assert.is(out[0], 0xee)
  assert.is(out[end] ?? 0xee, 0xee)
  return toHex(out.subarray(1, end))
}

test('the examples of RFC 9000 §A.1 are read and written', () => {
  for (const [hex, value] of RFC_EXAMPLES) {
    assert.is(readVarint(fromHex(hex), 0), value)
    assert.is(write(value), hex)
  }
  assert.is(readVarint(fromHex('4025'), 0), 37)
})

test('both ends of every length are read and written', () => {
  for (const [hex, value] of EDGES) {
    assert.is(readVarint(fromHex(hex), 0), value)
    assert.is(write(value), hex)
    assert.is(varintLength(value), hex.length / 2)
    assert.is(varintLengthFromFirstByte(fromHex(hex)[0]!), hex.length / 2)
  }
})

test('values above 2^53-1 saturate, as the first example of RFC 9000 §A.1', () => {
  for (const hex of [
    'c2197c5eff14e88c',
    'c020000000000000',
    'c020000000000001',
    'ffffffffffffffff',
  ])
    assert.is(readVarint(fromHex(hex), 0), Number.MAX_SAFE_INTEGER)
})

test('a varint is read at its position and no further', () => {
  assert.is(readVarint(fromHex('ffff7bbdff'), 2), 15293)
})

test('values of every size are read as BigInt reads them', () => {
  let state = 3
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
  for (let round = 0; round < 5000; round++) {
    const value = Math.floor(((random() % 2 ** 21) * 2 ** 32 + random()) / 2 ** (round % 53))
    const hex = write(value)
    const mask = (1n << BigInt(hex.length * 4 - 2)) - 1n
    assert.is(BigInt(`0x${hex}`) & mask, BigInt(value))
    assert.is(readVarint(fromHex(hex), 0), value)
  }
})

test.run()
