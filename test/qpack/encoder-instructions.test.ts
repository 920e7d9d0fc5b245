import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex, Writer } from '../../src/bytes/index.ts'
import {
  writeDuplicate,
  writeInsertWithDynamicName,
  writeInsertWithLiteralName,
  writeInsertWithStaticName,
  writeSetCapacity,
} from '../../src/qpack/encoder-instructions.ts'

const test = suite('qpack/encoder-instructions')

function written(body: (writer: Writer) => void): string {
  const writer = Writer.growable(1)
  body(writer)
  return toHex(writer.written())
}

// RFC 9204 appendix B has its strings raw; ours are in Huffman code, as RFC 7541 appendix C has them.

test('Set Dynamic Table Capacity is that of RFC 9204 appendix B.2', () => {
  assert.is(
    written((w) => writeSetCapacity(w, 220)),
    '3fbd01',
  )
})

test('Duplicate is that of RFC 9204 appendix B.4', () => {
  assert.is(
    written((w) => writeDuplicate(w, 2)),
    '02',
  )
})

test('an insertion refers to a name of either table', () => {
  assert.is(
    written((w) => writeInsertWithStaticName(w, 0, 'www.example.com')),
    'c08cf1e3c2e5f23a6ba0ab90f4ff',
  )
  assert.is(
    written((w) => writeInsertWithDynamicName(w, 1, 'custom-value')),
    '818925a849e95bb8e8b4bf',
  )
})

test('an insertion spells its name out', () => {
  assert.is(
    written((w) => writeInsertWithLiteralName(w, 'custom-key', 'custom-value')),
    '6825a849e95ba97d7f8925a849e95bb8e8b4bf',
  )
})

test('an instruction that cannot be written leaves nothing behind', () => {
  const writer = Writer.growable(1)
  assert.throws(
    () => writeInsertWithLiteralName(writer, 'custom-key', '\u2026'),
    (error: unknown) => error instanceof RangeError,
  )
  assert.throws(
    () => writeInsertWithStaticName(writer, 0, '\u2026'),
    (error: unknown) => error instanceof RangeError,
  )
  assert.is(writer.position, 0)
})

test.run()
