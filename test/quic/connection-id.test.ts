import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CONNECTION_ID_LENGTH, idBytes, idKey, isKeyOf } from '../../src/quic/connection-id.ts'

const test = suite('quic/connection-id')

const LENGTHS = Array.from({ length: 21 }, (_, length) => length)
const idOf = (length: number) => new Uint8Array(length).map((_, i) => 255 - i)

test('an id comes out of its key as it went in, whatever its length', () => {
  for (const length of LENGTHS) {
    const id = idOf(length)
    const key = idKey(id)
    assert.is(key.length, length)
    assert.equal(idBytes(key), id)
    assert.is(isKeyOf(key, id), true)
  }
})

test('the key is the same inside a datagram', () => {
  for (const length of LENGTHS) {
    const datagram = Uint8Array.of(9, 9, 9, ...idOf(length), 9)
    assert.is(idKey(datagram, 3, length), idKey(idOf(length)))
  }
})

test('a key is not that of an id that differs in one bit, or in its length', () => {
  const id = idOf(CONNECTION_ID_LENGTH)
  const key = idKey(id)
  for (let bit = 0; bit < 8 * id.length; bit++) {
    const other = id.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.is(isKeyOf(key, other), false)
    assert.is.not(idKey(other), key)
  }
  assert.is(isKeyOf(key, id.subarray(1)), false)
  assert.is(isKeyOf(key, Uint8Array.of(...id, 0)), false)
})

test.run()
