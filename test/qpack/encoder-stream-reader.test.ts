import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../src/bytes/index.ts'
import { DynamicTable } from '../../src/qpack/dynamic-table.ts'
import { EncoderStreamReader } from '../../src/qpack/encoder-stream-reader.ts'
import { QPACK_ENCODER_STREAM_ERROR, QpackError } from '../../src/qpack/errors.ts'
import type { Field } from '../../src/qpack/field.ts'

const test = suite('qpack/encoder-stream-reader')

function open(maxTableCapacity: number) {
  const table = new DynamicTable<Field>(0)
  const reader = new EncoderStreamReader(table, maxTableCapacity)
  return { table, reader, receive: (hex: string) => reader.receive(fromHex(hex)) }
}

function refuses(maxTableCapacity: number, ...parts: string[]): void {
  const { receive } = open(maxTableCapacity)
  const last = parts.pop()!
  for (const part of parts) receive(part)
  assert.throws(
    () => receive(last),
    (error: unknown) => error instanceof QpackError && error.code === QPACK_ENCODER_STREAM_ERROR,
    last,
  )
}

/** RFC 9204 appendices B.2 to B.5, all that the encoder stream carries. */
const APPENDIX_B = `3fbd01
  c00f 7777 772e 6578 616d 706c 652e 636f 6d
  c10c 2f73 616d 706c 652f 7061 7468
  4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565
  02
  810d 6375 7374 6f6d 2d76 616c 7565 32`

function isStateOfAppendixB(table: DynamicTable<Field>): void {
  assert.is(table.capacity, 220)
  assert.is(table.size, 215)
  assert.is(table.insertCount, 5)
  assert.is(table.get(0), undefined)
  assert.equal(table.get(1), { name: ':path', value: '/sample/path' })
  assert.equal(table.get(2), { name: 'custom-key', value: 'custom-value' })
  assert.equal(table.get(3), { name: ':authority', value: 'www.example.com' })
  assert.equal(table.get(4), { name: 'custom-key', value: 'custom-value2' })
}

test('the instructions of RFC 9204 appendix B leave the table as it says', () => {
  const { table, receive } = open(220)
  receive(APPENDIX_B)
  isStateOfAppendixB(table)
})

test('instructions may be split anywhere', () => {
  const bytes = fromHex(APPENDIX_B)
  for (let split = 0; split <= bytes.length; split++) {
    const { table, reader } = open(220)
    reader.receive(bytes.subarray(0, split))
    reader.receive(bytes.subarray(split))
    isStateOfAppendixB(table)
    assert.is(reader.pending, 0)
  }
  const { table, reader } = open(220)
  for (const byte of bytes) reader.receive(Uint8Array.of(byte))
  isStateOfAppendixB(table)
})

test('strings in Huffman code are decoded', () => {
  const { table, receive } = open(220)
  receive('3fbd01 6825a849e95ba97d7f8925a849e95bb8e8b4bf')
  assert.equal(table.get(0), { name: 'custom-key', value: 'custom-value' })
})

test('an entry may take its name from the one that it evicts', () => {
  const { table, receive } = open(50)
  receive('3f13 4161 0131')
  receive('80 0132')
  assert.equal(table.get(1), { name: 'a', value: '2' })
  assert.is(table.dropCount, 1)
  receive('00')
  assert.equal(table.get(2), { name: 'a', value: '2' })
  assert.is(table.dropCount, 2)
})

test('a capacity above the limit is refused', () => {
  refuses(220, '3fbe01')
  refuses(0, '21')
})

test('an entry larger than the capacity is refused', () => {
  // 32 bytes and one
  refuses(220, '3f01', '41 61 00')
  refuses(220, '3f01', 'c2 01 31')
  // a Duplicate never is, but its entry is gone
  refuses(220, '3f02 41 61 00 20', '00')
})

test('an entry too large is refused as soon as its length is known', () => {
  // name of 31 + 2000 bytes, raw; no byte of it has come
  refuses(220, '3fbd01', '5fd00f')
  // value of 189 bytes beside a name of none
  refuses(220, '3fbd01', '40 7f3e')
  // value in Huffman code of which 30 bits a byte would still be too much
  refuses(220, '3fbd01', '40 ffc904')
})

test('nothing can be inserted before a capacity is set', () => {
  refuses(220, 'c00f')
  refuses(220, '40')
})

test('references to entries that are not there are refused', () => {
  refuses(220, '3fbd01', '00')
  refuses(220, '3fbd01 4161 0131', '01')
  refuses(220, '3fbd01 4161 0131', '81 0131')
  // evicted by a smaller capacity
  refuses(220, '3fbd01 4161 0131 20 3fbd01', '00')
  refuses(220, '3fbd01 4161 0131 20 3fbd01', '80 0131')
  // absolute index beyond all numbers
  refuses(220, '3fbd01', `1f${'ff'.repeat(8)}3f`)
})

test('a static index beyond the table is refused', () => {
  // 98 is the last
  const { table, receive } = open(220)
  receive('3fbd01 ff23 0131')
  assert.equal(table.get(0), { name: 'x-frame-options', value: '1' })
  refuses(220, '3fbd01', 'ff24')
})

test('integers of more than 62 bits are refused', () => {
  refuses(220, `3f${'ff'.repeat(9)}7f`)
  refuses(220, `1f${'ff'.repeat(9)}`)
})

test('Huffman code that is not valid is refused, in names and values', () => {
  refuses(220, '3fbd01', '61 ff 0131')
  refuses(220, '3fbd01', '4161 81 ff')
})

test('of an incomplete instruction no more is kept than the table could take', () => {
  const capacity = 4096
  let most = 0
  for (const [head, length] of [
    ['40', 15_244],
    ['5f', 4064],
  ] as const) {
    const { reader, receive } = open(capacity)
    receive('3fe11f')
    // an insertion whose announced string is as long as can be accepted, and never ends
    receive(head)
    if (head === '40') receive(`ff${continuation(length - 127)}`)
    else receive(continuation(length - 31))
    for (let sent = 0; sent < length - 1; sent += 1) reader.receive(Uint8Array.of(0))
    most = Math.max(most, reader.pending)
  }
  assert.ok(most > 15_000 && most <= (capacity * 30) / 8 + 20)
  refuses(capacity, '3fe11f', '40', `ff${continuation(15_245 - 127)}`)
})

function continuation(rest: number): string {
  let hex = ''
  let left = rest
  for (; left >= 128; left = Math.floor(left / 128)) hex += (128 + (left % 128)).toString(16)
  return hex + left.toString(16).padStart(2, '0')
}

test.run()
