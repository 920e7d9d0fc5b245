import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseByteRange } from '../../../src/cli/static/byte-range.ts'

const test = suite('cli/static/byte-range')

test('the examples of RFC 9110 §14.1.2 for 10000 bytes', () => {
  assert.equal(parseByteRange('bytes=0-499', 10000), { start: 0, end: 499 })
  assert.equal(parseByteRange('bytes=500-999', 10000), { start: 500, end: 999 })
  assert.equal(parseByteRange('bytes=-500', 10000), { start: 9500, end: 9999 })
  assert.equal(parseByteRange('bytes=9500-', 10000), { start: 9500, end: 9999 })
})

test('an end beyond the file is cut, a suffix longer than it is all of it', () => {
  assert.equal(parseByteRange('bytes=5-99', 10), { start: 5, end: 9 })
  assert.equal(parseByteRange('bytes=-99', 10), { start: 0, end: 9 })
})

test('a range beyond the end can not be satisfied', () => {
  assert.is(parseByteRange('bytes=10-', 10), 'unsatisfiable')
  assert.is(parseByteRange('bytes=-0', 10), 'unsatisfiable')
  assert.is(parseByteRange('bytes=0-', 0), 'unsatisfiable')
  assert.is(parseByteRange('bytes=-5', 0), 'unsatisfiable')
})

test('what is not one range of bytes is ignored', () => {
  for (const header of [
    'bytes=0-1,4-5',
    'bytes=5-4',
    'bytes=-',
    'bytes=a-b',
    'bytes=+1-2',
    'bytes=1-2x',
    'lines=1-2',
    'bytes 1-2',
    '',
    'bytes=9999999999999999-',
  ]) {
    assert.is(parseByteRange(header, 10), undefined, header)
  }
})

test.run()
