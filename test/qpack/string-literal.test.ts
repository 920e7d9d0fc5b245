import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { leastDecodedLength, readString, writeString } from '../../src/qpack/string-literal.ts'

const test = suite('qpack/string-literal')

function write(pattern: number, prefixBits: number, text: string): string {
  const out = new Uint8Array(text.length + 20)
  return toHex(out.subarray(0, writeString(out, 0, pattern, prefixBits, text)))
}

test('Huffman code is used where it is shorter, and only there', () => {
  assert.is(write(0, 8, 'www.example.com'), '8cf1e3c2e5f23a6ba0ab90f4ff')
  assert.is(write(0, 8, '302'), '826402')
  // '307' takes three bytes either way
  assert.is(write(0, 8, '307'), '03333037')
  assert.is(write(0, 8, '\x00\x01'), '020001')
  assert.is(write(0, 8, ''), '00')
})

test('a string may begin within a byte', () => {
  assert.is(write(0x40, 6, 'custom-key'), '6825a849e95ba97d7f')
  assert.is(write(0x20, 4, 'custom-key'), '2f0125a849e95ba97d7f')
})

test('raw bytes come back as latin1', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  const text = readString(bytes, 0, 256, false)!
  assert.is(text.length, 256)
  for (let i = 0; i < 256; i++) assert.is(text.charCodeAt(i), i)
})

test('a string longer than the working buffer comes back', () => {
  const text = 'abcdefgh'.repeat(20_000)
  const out = new Uint8Array(text.length + 20)
  const end = writeString(out, 0, 0, 8, text)
  // 100 000 or so bytes of Huffman code: the flag, then 127 and three bytes more
  assert.ok(end < text.length)
  assert.is(readString(out, 4, end, true), text)
  assert.is(readString(Buffer.from(text), 0, text.length, false), text)
})

test('Huffman code that is not valid is told apart from the empty string', () => {
  assert.is(readString(fromHex('ff'), 0, 1, true), undefined)
  assert.is(readString(fromHex(''), 0, 0, true), '')
})

test('the least decoded length counts 30 bits a byte', () => {
  assert.is(leastDecodedLength(10, false), 10)
  // 15 bytes are four symbols of 30 bits; one byte less holds three and padding would be too long
  assert.is(leastDecodedLength(15, true), 3)
  assert.is(leastDecodedLength(16, true), 4)
  assert.is(leastDecodedLength(0, true), 0)
})

test.run()
