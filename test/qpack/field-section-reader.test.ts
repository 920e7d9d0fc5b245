import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../src/bytes/index.ts'
import { DynamicTable } from '../../src/qpack/dynamic-table.ts'
import { QPACK_DECOMPRESSION_FAILED, QpackError } from '../../src/qpack/errors.ts'
import type { Field } from '../../src/qpack/field.ts'
import { FieldSectionReader } from '../../src/qpack/field-section-reader.ts'

const test = suite('qpack/field-section-reader')

/** A reader over a table into which `inserted` entries x-0, x-1 … have gone and `kept` are left. */
function open(inserted = 0, kept = inserted, maxSize = 1000, maxFields = 10) {
  const table = new DynamicTable<Field>(2 ** 30)
  for (let i = 0; i < inserted; i++) {
    table.insert({ name: `x-${i}`, value: `${i}` })
    if (table.insertCount - table.dropCount > kept) table.evictOldest()
  }
  const reader = new FieldSectionReader(table, 3, maxSize, maxFields)
  return {
    required: (hex: string) => reader.readRequiredInsertCount(fromHex(hex)),
    read: (hex: string) => {
      const section = fromHex(hex)
      return reader.read(section, reader.readRequiredInsertCount(section))
    },
  }
}

function refuses(reader: { read: (hex: string) => unknown }, hex: string): void {
  assert.throws(
    () => reader.read(hex),
    (error: unknown) => error instanceof QpackError && error.code === QPACK_DECOMPRESSION_FAILED,
    hex,
  )
}

test('the Required Insert Count example of RFC 9204 §4.5.1.1 comes out', () => {
  // a table of 100 bytes (three entries), ten insertions, an encoded value of 4
  assert.is(open(10).required('0400'), 9)
})

test('the Required Insert Count is found within half the range on either side', () => {
  for (let inserted = 0; inserted < 40; inserted++) {
    const reader = open(inserted)
    for (let count = Math.max(1, inserted - 2); count <= inserted + 3; count++) {
      const encoded = (count % 6) + 1
      assert.is(reader.required(`0${encoded}00`), count, `${count} with ${inserted}`)
    }
  }
})

test('a Required Insert Count that no encoder could have written is refused', () => {
  const reader = open(0)
  // the range is 6
  refuses(reader, '0700')
  refuses(reader, 'ff0100')
  // 5 with at most 3 ahead of none
  refuses(reader, '0600')
  // 0 is written as 0
  refuses(reader, '0100')
  const without = new FieldSectionReader(new DynamicTable<Field>(0), 0, 1000, 10)
  assert.throws(
    () => without.readRequiredInsertCount(fromHex('0100')),
    (error: unknown) => error instanceof QpackError,
  )
})

test('the Base example of RFC 9204 §4.5.1.2 comes out', () => {
  // Required Insert Count 9, sign, delta 2: Base 6
  const reader = open(10)
  assert.equal(reader.read('0482 81 12'), [
    { name: 'x-4', value: '4' },
    { name: 'x-8', value: '8' },
  ])
})

test('every representation is read', () => {
  const reader = open(10)
  // Base 9: relative and, with Base 6, post-Base references
  assert.equal(reader.read('0400 d1 80 51 0161 70 0162 40 0163 21 64 0165'), [
    { name: ':method', value: 'GET' },
    { name: 'x-8', value: '8' },
    { name: ':path', value: 'a' },
    { name: ':authority', value: 'b', sensitive: true },
    { name: 'x-8', value: 'c' },
    { name: 'd', value: 'e' },
  ])
  assert.equal(reader.read('0482 10 00 0161 09 0162 31 63 0164'), [
    { name: 'x-6', value: '6' },
    { name: 'x-6', value: 'a' },
    { name: 'x-7', value: 'b', sensitive: true },
    { name: 'c', value: 'd', sensitive: true },
  ])
  // name in Huffman code: 'custom-key'
  assert.equal(reader.read('0000 2f01 25a849e95ba97d7f 8925a849e95bb8e8b4bf'), [
    { name: 'custom-key', value: 'custom-value' },
  ])
})

test('a section may have no field lines, and any Base without references', () => {
  assert.equal(open().read('0000'), [])
  assert.equal(open().read('007f ffffffffffffff7f'.replaceAll(' ', '')), [])
})

test('a negative Base is refused', () => {
  const reader = open(10)
  refuses(reader, '0489 d1')
  refuses(reader, '048a d1')
  assert.equal(reader.read('0488 18'), [{ name: 'x-8', value: '8' }])
  refuses(open(), '0080')
})

test('a Base beyond exact numbers is refused where it matters', () => {
  refuses(open(10), '047f ffffffffffffff3f d1')
})

test('references to or beyond the Required Insert Count are refused', () => {
  const reader = open(10)
  // Base 9 + 1: relative index 0 is entry 9
  refuses(reader, '0401 80')
  refuses(reader, '0400 10')
  refuses(reader, '0401 40 0161')
  refuses(reader, '0400 00 0161')
  refuses(reader, `0482 1f${'ff'.repeat(8)}3f`)
  // without a Required Insert Count there are none
  refuses(reader, '0001 80')
  refuses(reader, '0000 10')
})

test('references to entries evicted or before the first are refused', () => {
  const reader = open(10, 3)
  assert.equal(reader.read('0400 81'), [{ name: 'x-7', value: '7' }])
  refuses(reader, '0400 82')
  refuses(reader, '0400 42 0161')
  refuses(reader, '0400 89')
  refuses(reader, `0400 bf${'ff'.repeat(8)}3f`)
})

test('static indices beyond the table are refused', () => {
  const reader = open()
  assert.equal(reader.read('0000 ff23'), [{ name: 'x-frame-options', value: 'sameorigin' }])
  refuses(reader, '0000 ff24')
  refuses(reader, '0000 5f54 0161')
  refuses(reader, `0000 ff${'ff'.repeat(8)}3f`)
})

test('a section cut within a field line is refused, whatever the line', () => {
  for (const line of [
    'ff23',
    '5101 61',
    '2f01 25a849e95ba97d7f 0161',
    '5f0a 8925a849e95bb8e8b4bf',
  ]) {
    const hex = `0000${line.replaceAll(' ', '')}`
    assert.is(open().read(hex)!.length, 1)
    for (let length = 0; length < hex.length; length += 2)
      if (length !== 4) refuses(open(), hex.slice(0, length))
  }
})

test('a section larger than allowed is not read to its end', () => {
  // :method GET counts 42; the last byte would be refused
  const reader = open(0, 0, 420, 100)
  assert.is(reader.read(`0000${'d1'.repeat(10)}`)!.length, 10)
  assert.is(reader.read(`0000${'d1'.repeat(11)}ff`), undefined)
})

test('more field lines than allowed are not read', () => {
  const reader = open(0, 0, 2 ** 20, 10)
  assert.is(reader.read(`0000${'d1'.repeat(10)}`)!.length, 10)
  assert.is(reader.read(`0000${'d1'.repeat(11)}ff`), undefined)
})

test('references to one large entry count each time', () => {
  const table = new DynamicTable<Field>(2 ** 20)
  table.insert({ name: 'big', value: 'x'.repeat(4000) })
  const reader = new FieldSectionReader(table, 2 ** 15, 16384, 128)
  const section = (n: number) => fromHex(`0200${'80'.repeat(n)}`)
  assert.is(reader.read(section(4), 1)!.length, 4)
  assert.is(reader.read(section(5), 1), undefined)
  assert.is(reader.read(section(100_000), 1), undefined)
})

test('a string longer than a section may be is not decoded', () => {
  const reader = open(0, 0, 100, 10)
  assert.is(reader.read(`0000 51 7f0e ${'61'.repeat(141)}`.replaceAll(' ', '')), undefined)
  // Huffman code of which even 30 bits a byte are more than 100 bytes; it would be refused
  assert.is(reader.read(`0000 51 ffa103 ${'ff'.repeat(544)}`.replaceAll(' ', '')), undefined)
})

test('Huffman code that is not valid is refused', () => {
  refuses(open(), '0000 51 81ff')
  refuses(open(), '0000 29 ff 0161')
})

test('integers of more than 62 bits are refused', () => {
  refuses(open(), `ff${'ff'.repeat(9)}7f`)
  refuses(open(), `0000 ff${'ff'.repeat(8)}7f`)
  refuses(open(), `0000 51 7f${'ff'.repeat(8)}7f`)
})

test.run()
