import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex, Writer } from '../../src/bytes/index.ts'

const test = suite('Writer')

const full = (error: unknown) => error instanceof RangeError

test('integers are written in network order', () => {
  const writer = new Writer(new Uint8Array(20))
  writer.u8(0xff)
  writer.u16(0xfffe)
  writer.u24(0xfffffd)
  writer.u32(0xfffffffc)
  writer.varint(15293)
  assert.is(toHex(writer.written()), 'fffffefffffdfffffffc7bbd')
  assert.is(writer.remaining, 8)
})

test('zeros overwrite what was in the buffer', () => {
  const writer = new Writer(new Uint8Array(4).fill(0xee))
  writer.u8(1)
  writer.zeros(2)
  assert.is(toHex(writer.bytes), '010000ee')
})

test('a vector has its length before it', () => {
  const writer = new Writer(new Uint8Array(20))
  writer.vector(1, (body) => body.put(fromHex('aa')))
  writer.vector(2, (body) => body.vector(3, (inner) => inner.u16(0xbbbb)))
  assert.is(toHex(writer.written()), '01aa0005000002bbbb')
})

test('a vector as long as its length can say is written, one byte more is refused', () => {
  const write = (length: number) => {
    const writer = Writer.growable()
    writer.vector(1, (body) => body.zeros(length))
    return writer.written()
  }
  assert.is(write(255)[0], 255)
  assert.throws(() => write(256), full)
  const large = Writer.growable()
  large.vector(2, (body) => body.zeros(0xffff))
  assert.is(toHex(large.written().subarray(0, 2)), 'ffff')
})

test('a bounded writer throws at its end and writes nothing beyond', () => {
  const bytes = new Uint8Array(6).fill(0xee)
  const writer = new Writer(bytes, 1, 4)
  assert.is(writer.remaining, 3)
  writer.u16(0x0102)
  assert.throws(() => writer.u16(0x0304), full)
  assert.throws(() => writer.varint(64), full)
  assert.throws(() => writer.put(fromHex('0506')), full)
  assert.is(writer.remaining, 1)
  writer.u8(3)
  assert.throws(() => writer.u8(4), full)
  assert.is(toHex(bytes), 'ee010203eeee')
})

test('a writer over another buffer writes there, within its new bounds', () => {
  const first = new Uint8Array(4)
  const second = new Uint8Array(4).fill(0xee)
  const writer = new Writer(first)
  writer.u8(1)
  writer.retarget(second, 1, 3)
  assert.is(writer.remaining, 2)
  writer.u16(0x0203)
  assert.throws(() => writer.u8(4), full)
  assert.is(toHex(first), '01000000')
  assert.is(toHex(second), 'ee0203ee')
})

test('a growable writer keeps what it has while it grows', () => {
  const writer = Writer.growable(1)
  let expected = ''
  for (let i = 0; i < 300; i++) {
    writer.u16(i)
    expected += i.toString(16).padStart(4, '0')
  }
  writer.put(new Uint8Array(5000).fill(7))
  assert.is(toHex(writer.written()), expected + '07'.repeat(5000))
})

test('a growable writer can begin with no room', () => {
  const writer = Writer.growable(0)
  writer.u8(1)
  assert.is(toHex(writer.written()), '01')
})

test('a vector that makes its writer grow has its length in the new buffer', () => {
  const writer = Writer.growable(2)
  writer.vector(2, (body) => body.put(new Uint8Array(100)))
  assert.is(toHex(writer.written().subarray(0, 2)), '0064')
})

test.run()
