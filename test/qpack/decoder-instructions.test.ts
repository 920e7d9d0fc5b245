import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex, Writer } from '../../src/bytes/index.ts'
import {
  writeInsertCountIncrement,
  writeSectionAcknowledgment,
  writeStreamCancellation,
} from '../../src/qpack/decoder-instructions.ts'

const test = suite('qpack/decoder-instructions')

test('instructions are those of RFC 9204 appendix B, one after the other', () => {
  const writer = Writer.growable(1)
  writeSectionAcknowledgment(writer, 4)
  writeInsertCountIncrement(writer, 1)
  writeStreamCancellation(writer, 8)
  assert.is(toHex(writer.written()), '840148')
})

test('a large stream id takes more bytes', () => {
  const writer = Writer.growable(1)
  writeSectionAcknowledgment(writer, 127)
  writeStreamCancellation(writer, 64)
  assert.is(toHex(writer.written()), 'ff007f01')
})

test.run()
