import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { formatQif, formatRecords, parseQif, parseRecords } from '../../src/cli/qif-format.ts'

const test = suite('cli/qif-format')

const isSyntaxError = (error: unknown): boolean => error instanceof SyntaxError

test('lists are read, comments and further empty lines passed over', () => {
  assert.equal(parseQif('# hello\na\t1\nb\tx\ty\n\n\n# more\nc\t\n'), [
    [
      { name: 'a', value: '1' },
      { name: 'b', value: 'x\ty' },
    ],
    [{ name: 'c', value: '' }],
  ])
  assert.equal(parseQif(''), [])
})

test('a line without a tab is refused with its number', () => {
  assert.throws(() => parseQif('a\t1\nb\n'), /line 2/)
})

test('lists are written with an empty line behind each', () => {
  const text = 'a\t1\n\nb\t2\nc\t3\n\n'
  assert.is(formatQif(parseQif(text)), text)
})

test('records are a stream id of 8 bytes, a length of 4 and the bytes', () => {
  const hex = '0000000000000000000000023fbd' + '000001000000000100000001d1'
  const records = parseRecords(fromHex(hex))
  assert.is(records.length, 2)
  assert.is(records[0]!.streamId, 0)
  assert.is(toHex(records[0]!.bytes), '3fbd')
  assert.is(records[1]!.streamId, 2 ** 40 + 1)
  assert.is(toHex(formatRecords(records)), hex)
})

test('a file that ends within a record is refused', () => {
  const file = fromHex('0000000000000000000000023fbd')
  for (let length = 1; length < file.length; length++)
    assert.throws(() => parseRecords(file.subarray(0, length)), isSyntaxError)
  assert.is(parseRecords(file).length, 1)
})

test.run()
