import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import {
  INCOMPLETE,
  MAX_WRITTEN_INTEGER,
  PrefixReader,
  TOO_LARGE,
  writePrefixInteger,
} from '../../src/qpack/prefix-integer.ts'

const test = suite('qpack/prefix-integer')

function read(hex: string, prefixBits: number): number {
  const reader = new PrefixReader()
  reader.start(fromHex(hex))
  return reader.integer(prefixBits)
}

function write(pattern: number, prefixBits: number, value: number): string {
  const out = new Uint8Array(16)
  return toHex(out.subarray(0, writePrefixInteger(out, 0, pattern, prefixBits, value)))
}

/** RFC 7541 §5.1 done in exact integers. */
function expected(prefixBits: number, value: bigint): Uint8Array {
  const full = (1n << BigInt(prefixBits)) - 1n
  if (value < full) return Uint8Array.of(Number(value))
  const bytes = [Number(full)]
  let rest = value - full
  while (rest >= 128n) {
    bytes.push(Number(rest % 128n) + 128)
    rest /= 128n
  }
  return Uint8Array.from([...bytes, Number(rest)])
}

test('the examples of RFC 7541 appendix C.1 are read and written', () => {
  assert.is(read('0a', 5), 10)
  assert.is(read('1f9a0a', 5), 1337)
  assert.is(read('2a', 8), 42)
  assert.is(write(0, 5, 10), '0a')
  assert.is(write(0, 5, 1337), '1f9a0a')
  assert.is(write(0, 8, 42), '2a')
})

test('bits above the prefix are passed over when read and kept when written', () => {
  assert.is(read('ea', 5), 10)
  assert.is(write(0xe0, 5, 10), 'ea')
  assert.is(write(0xa0, 5, 1337), 'bf9a0a')
})

test('every prefix size reads and writes values around the steps of its length', () => {
  for (let prefixBits = 1; prefixBits <= 8; prefixBits++) {
    for (let power = 0; power <= 53; power++) {
      for (const offset of [-2n, -1n, 0n, 1n, 2n, BigInt(1 << prefixBits)]) {
        const value = (1n << BigInt(power)) + offset
        if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) continue
        const bytes = toHex(expected(prefixBits, value))
        assert.is(write(0, prefixBits, Number(value)), bytes)
        assert.is(read(bytes, prefixBits), Number(value))
        assert.ok(bytes.length / 2 <= MAX_WRITTEN_INTEGER)
      }
    }
  }
})

test('integers of up to 62 bits are read, and saturate where a number is no longer exact', () => {
  for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 56n + 3n, 2n ** 62n - 1n])
    for (let prefixBits = 1; prefixBits <= 8; prefixBits++)
      assert.is(read(toHex(expected(prefixBits, value)), prefixBits), Number.MAX_SAFE_INTEGER)
})

test('integers of 2^62 and above are too large', () => {
  for (const value of [2n ** 62n, 2n ** 62n + 1n, 2n ** 63n - 1n, 2n ** 64n, 2n ** 80n])
    for (let prefixBits = 1; prefixBits <= 8; prefixBits++)
      assert.is(read(toHex(expected(prefixBits, value)), prefixBits), TOO_LARGE, `${value}`)
})

test('an integer padded with zeros is read up to the longest form, and no further', () => {
  assert.is(read(`1f${'80'.repeat(8)}00`, 5), 31)
  assert.is(read(`1f${'80'.repeat(9)}00`, 5), TOO_LARGE)
  assert.is(read(`1f${'80'.repeat(9)}`, 5), TOO_LARGE)
})

test('an integer cut anywhere is incomplete', () => {
  assert.is(read('', 8), INCOMPLETE)
  const bytes = toHex(expected(3, 2n ** 61n))
  for (let length = 0; length < bytes.length; length += 2)
    assert.is(read(bytes.slice(0, length), 3), INCOMPLETE)
})

test.run()
