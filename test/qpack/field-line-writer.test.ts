import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/bytes/index.ts'
import { FieldLineWriter } from '../../src/qpack/field-line-writer.ts'
import { MAX_RETAINED_BUFFER } from '../../src/qpack/limits.ts'

const test = suite('qpack/field-line-writer')

/** With a table of 220 bytes, six entries. */
function section(base: number, required: number, body: (lines: FieldLineWriter) => void): string {
  const lines = new FieldLineWriter()
  lines.start(base)
  body(lines)
  return toHex(lines.finish(required, 6))
}

test('the section of RFC 9204 appendix B.2 is written', () => {
  assert.is(
    section(0, 2, (lines) => {
      lines.indexedDynamic(0)
      lines.indexedDynamic(1)
    }),
    '03811011',
  )
})

test('the section of RFC 9204 appendix B.4 is written', () => {
  assert.is(
    section(4, 4, (lines) => {
      lines.indexedDynamic(3)
      lines.indexedStatic(1)
      lines.indexedDynamic(2)
    }),
    '050080c181',
  )
})

test('a section without references has a prefix of zeros', () => {
  // appendix B.1 but for the Huffman code
  assert.is(
    section(9, 0, (lines) => lines.literalWithStaticName(1, '/index.html', false)),
    '0000518860d5485f2bce9a68',
  )
})

test('the Required Insert Count wraps and the Base may be above it', () => {
  // 12 is the range: 25 mod 12 + 1
  assert.is(
    section(27, 25, (lines) => lines.indexedDynamic(24)),
    '020282',
  )
})

test('names are referred to below and above the Base', () => {
  assert.is(
    section(3, 4, (lines) => {
      lines.literalWithDynamicName(2, '302')
      lines.literalWithDynamicName(3, '302')
    }),
    '05804082640200826402',
  )
})

test('the N bit is set where it is asked for', () => {
  assert.is(
    section(0, 0, (lines) => {
      lines.literalWithStaticName(84, '302', true)
      lines.literal('302', '302', true)
      lines.literal('302', '302', false)
    }),
    '00007f458264023a6402826402' + '2a6402826402',
  )
})

test('sections do not share bytes', () => {
  const lines = new FieldLineWriter()
  lines.start(0)
  lines.indexedStatic(17)
  const first = lines.finish(0, 0)
  lines.start(0)
  lines.indexedStatic(18)
  lines.finish(0, 0)
  assert.is(toHex(first), '0000d1')
})

test('a section larger than the working buffer is written whole', () => {
  const lines = new FieldLineWriter()
  lines.start(0)
  for (let i = 0; i < 100_000; i++) lines.indexedStatic(17)
  assert.is(lines.finish(0, 0).length, 100_002)
  lines.start(0)
  assert.is(toHex(lines.finish(0, 0)), '0000')
})

test('the memory of one large section is let go with the next, that of smaller ones is used again', () => {
  const lines = new FieldLineWriter()
  const memoryAfter = (count: number): Uint8Array => {
    lines.start(0)
    for (let i = 0; i < count; i++) lines.indexedStatic(17)
    lines.finish(0, 0)
    lines.start(0)
    return lines['writer'].bytes
  }
  const small = memoryAfter(MAX_RETAINED_BUFFER / 4)
  assert.is(memoryAfter(MAX_RETAINED_BUFFER / 4), small)
  assert.ok(memoryAfter(2 * MAX_RETAINED_BUFFER).length <= MAX_RETAINED_BUFFER)
})

test.run()
