import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { huffmanLength, readHuffman, writeHuffman } from '../../src/qpack/huffman.ts'
import { CODE_LENGTHS, CODES } from '../../src/qpack/huffman-table.ts'

const test = suite('qpack/huffman')

function encode(text: string): string {
  const out = new Uint8Array(text.length * 4 + 1)
  const end = writeHuffman(out, 0, text)
  assert.is(end, huffmanLength(text))
  return toHex(out.subarray(0, end))
}

/** Undefined when it is refused. */
function decode(hex: string): string | undefined {
  const bytes = fromHex(hex)
  const out = new Uint8Array(Math.ceil((bytes.length * 8) / 5))
  const length = readHuffman(bytes, 0, bytes.length, out)
  return length < 0 ? undefined : Buffer.from(out.subarray(0, length)).toString('latin1')
}

/** The codes of the symbols one after the other, filled up with `padding`. */
function bitsToHex(symbols: readonly number[], padding: string): string {
  const bits = symbols.map((s) => CODES[s]!.toString(2).padStart(CODE_LENGTHS[s]!, '0')).join('')
  const all = bits + padding
  assert.is(all.length % 8, 0)
  return all.replace(/.{8}/g, (byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0'))
}

/** RFC 7541 appendices C.4 and C.6. */
const VECTORS: readonly (readonly [text: string, hex: string])[] = [
  ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
  ['no-cache', 'a8eb10649cbf'],
  ['custom-key', '25a849e95ba97d7f'],
  ['custom-value', '25a849e95bb8e8b4bf'],
  ['302', '6402'],
  ['307', '640eff'],
  ['private', 'aec3771a4b'],
  ['gzip', '9bd9ab'],
  ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07abe941054d444a8200595040b8166e082a62d1bff'],
  ['Mon, 21 Oct 2013 20:13:22 GMT', 'd07abe941054d444a8200595040b8166e084a62d1bff'],
  ['https://www.example.com', '9d29ad171863c78f0b97c8e9ae82ae43d3'],
  [
    'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    '94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
  ],
]

test('the strings of RFC 7541 appendix C are encoded and decoded', () => {
  for (const [text, hex] of VECTORS) {
    assert.is(encode(text), hex)
    assert.is(decode(hex), text)
  }
})

test('every byte comes back, alone and behind every other', () => {
  for (let a = 0; a < 256; a++) {
    const one = String.fromCharCode(a)
    assert.is(decode(encode(one)), one)
    for (let b = 0; b < 256; b++) {
      const two = String.fromCharCode(a, b)
      assert.is(decode(encode(two)), two)
    }
  }
})

test('longest codes in a row come back', () => {
  const text = '\n\r\x16'.repeat(100)
  assert.is(huffmanLength(text), (300 * 30) / 8)
  assert.is(decode(encode(text)), text)
})

test('nothing is encoded as nothing', () => {
  assert.is(encode(''), '')
  assert.is(decode(''), '')
})

test('a decoder refuses a string that contains EOS', () => {
  assert.is(decode('ffffffff'), undefined)
  assert.is(decode('fffffffc'), undefined)
  assert.is(decode('ffffffffffffffff'), undefined)
  // EOS whole, between two letters ('a', five bits, EOS, 'a', five bits)
  assert.is(decode(bitsToHex([97, 256, 97], '')), undefined)
})

test('a decoder refuses padding of more than seven bits', () => {
  assert.is(decode('ff'), undefined)
  assert.is(decode('6402ff'), undefined)
  assert.is(decode(bitsToHex([97], '111')), 'a')
  assert.is(decode(bitsToHex([97], '11111111111')), undefined)
  // '!' has ten bits: six ones of padding are fine, fourteen are not
  assert.is(decode(bitsToHex([33], '111111')), '!')
  assert.is(decode(bitsToHex([33], '11111111111111')), undefined)
})

test('a decoder refuses padding that is not all ones', () => {
  for (const padding of ['110', '101', '011', '000', '001'])
    assert.is(decode(bitsToHex([97], padding)), undefined)
})

test('a decoder refuses a string that ends within a symbol', () => {
  // 0x1ff8 of symbol 0 has 13 bits: its first byte alone is eight ones
  assert.is(decode('fe'), undefined)
  assert.is(decode('fffffe'), undefined)
})

test('characters above U+00FF are refused before anything is written', () => {
  assert.throws(
    () => huffmanLength('price: 5 €'),
    (error: unknown) => error instanceof RangeError,
  )
})

test.run()
