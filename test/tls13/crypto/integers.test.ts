import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../../src/bytes/index.ts'
import { bitLength, readInteger } from '../../../src/tls13/crypto/integers.ts'
import { DerError, DerReader } from '../../../src/tls13/der.ts'

const test = suite('integers')

const read = (hex: string): bigint => readInteger(new DerReader(fromHex(hex)))

test('INTEGERs of DER that are not negative', () => {
  assert.is(read('020100'), 0n)
  assert.is(read('02017f'), 127n)
  assert.is(read('02020080'), 128n)
  assert.is(read('0209010000000000000001'), (1n << 64n) + 1n)
})

test('negative and padded ones, and other elements, are refused', () => {
  for (const hex of ['0201ff', '020180', '0202007f', '0200', '040101', '0202ff80'])
    assert.throws(
      () => read(hex),
      (error: unknown) => error instanceof DerError,
      hex,
    )
})

test('the bits of a number', () => {
  assert.is(bitLength(0n), 0)
  for (const bits of [1, 2, 3, 4, 5, 8, 9, 2047, 2048, 2049]) {
    assert.is(bitLength(1n << BigInt(bits - 1)), bits)
    assert.is(bitLength((1n << BigInt(bits)) - 1n), bits)
  }
})

test.run()
