import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, Reader, TruncatedError, toHex } from '../../src/bytes/index.ts'

const test = suite('Reader')

const truncated = (error: unknown) => error instanceof TruncatedError

test('integers are read in network order and without a sign', () => {
  const reader = new Reader(fromHex('ff fffe fffffd fffffffc 7bbd'))
  assert.is(reader.u8(), 0xff)
  assert.is(reader.u16(), 0xfffe)
  assert.is(reader.u24(), 0xfffffd)
  assert.is(reader.u32(), 0xfffffffc)
  assert.is(reader.varint(), 15293)
  assert.is(reader.remaining, 0)
})

test('vectors are read with a length of one, two and three bytes', () => {
  const reader = new Reader(fromHex('01aa 0002bbbb 000003cccccc 00'))
  assert.is(toHex(reader.vector8()), 'aa')
  assert.is(toHex(reader.vector16()), 'bbbb')
  assert.is(toHex(reader.vector24()), 'cccccc')
  assert.is(reader.vector8().length, 0)
})

test('it begins and ends where it is told', () => {
  const reader = new Reader(fromHex('00010203'), 1, 3)
  assert.is(reader.remaining, 2)
  assert.is(toHex(reader.rest()), '0102')
  assert.throws(() => reader.u8(), truncated)
})

test('what it gives are views', () => {
  const bytes = fromHex('0102')
  const view = new Reader(bytes).view(2)
  bytes[0] = 9
  assert.is(view[0], 9)
})

test('a field that reaches past the end is refused and nothing is passed over', () => {
  const fields: readonly (readonly [string, (reader: Reader) => unknown])[] = [
    ['', (reader) => reader.u8()],
    ['00', (reader) => reader.u16()],
    ['0000', (reader) => reader.u24()],
    ['000000', (reader) => reader.u32()],
    ['', (reader) => reader.varint()],
    ['40', (reader) => reader.varint()],
    ['800000', (reader) => reader.varint()],
    ['c0000000000000', (reader) => reader.varint()],
    ['0000', (reader) => reader.view(3)],
    ['0000', (reader) => reader.skip(Number.MAX_SAFE_INTEGER)],
  ]
  for (const [hex, read] of fields) {
    const bytes = fromHex(`${hex}ffffffff`)
    const reader = new Reader(bytes, 0, bytes.length - 4)
    assert.throws(() => read(reader), truncated)
    assert.is(reader.position, 0)
  }
})

test('a vector that is longer than its input is refused', () => {
  assert.throws(() => new Reader(fromHex('02aa')).vector8(), truncated)
  assert.throws(() => new Reader(fromHex('0002aa')).vector16(), truncated)
  assert.throws(() => new Reader(fromHex('000002aa')).vector24(), truncated)
})

test('a layer throws its own error', () => {
  class OwnError extends Error {}
  class OwnReader extends Reader {
    protected override truncated(message: string): never {
      throw new OwnError(message)
    }
  }
  const own = (error: unknown) => error instanceof OwnError
  assert.throws(() => new OwnReader(new Uint8Array(0)).u8(), own)
  assert.throws(() => new OwnReader(new Uint8Array(0)).varint(), own)
  assert.throws(() => new OwnReader(fromHex('40')).varint(), own)
})

test.run()
