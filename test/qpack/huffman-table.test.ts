import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ACCEPTS, CODE_LENGTHS, CODES, EOS } from '../../src/qpack/huffman-table.ts'

const test = suite('qpack/huffman-table')

test('codes are those of RFC 7541 appendix B', () => {
  // symbol, code, length: the first, the last and some of each length
  for (const [symbol, code, length] of [
    [0, 0x1ff8, 13],
    [1, 0x7fffd8, 23],
    [9, 0xffffea, 24],
    [10, 0x3ffffffc, 30],
    [22, 0x3ffffffe, 30],
    [31, 0xffffffb, 28],
    [32, 0x14, 6],
    [33, 0x3f8, 10],
    [35, 0xffa, 12],
    [39, 0x7fa, 11],
    [48, 0x0, 5],
    [60, 0x7ffc, 15],
    [88, 0xfc, 8],
    [92, 0x7fff0, 19],
    [94, 0x3ffc, 14],
    [97, 0x3, 5],
    [122, 0x7b, 7],
    [128, 0xfffe6, 20],
    [153, 0x1fffdc, 21],
    [169, 0x3fffdd, 22],
    [192, 0x3ffffe0, 26],
    [199, 0x1ffffec, 25],
    [203, 0x7ffffde, 27],
    [220, 0xffffffd, 28],
    [230, 0x1fffe8, 21],
    [255, 0x3ffffee, 26],
    [EOS, 0x3fffffff, 30],
  ] as const) {
    assert.is(CODES[symbol], code, `code of ${symbol}`)
    assert.is(CODE_LENGTHS[symbol], length, `length of ${symbol}`)
  }
})

test('the code is complete: its lengths fill the tree exactly', () => {
  assert.is(CODE_LENGTHS.length, 257)
  let sum = 0
  for (const length of CODE_LENGTHS) sum += 2 ** (30 - length)
  assert.is(sum, 2 ** 30)
})

test('an input may end in eight states: behind no to seven ones', () => {
  assert.is(
    ACCEPTS.reduce((sum, accepts) => sum + accepts, 0),
    8,
  )
})

test.run()
