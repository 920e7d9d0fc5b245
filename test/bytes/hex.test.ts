import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'

const test = suite('hex')

test('bytes are written with two lower-case digits each', () => {
  assert.is(toHex(Uint8Array.of(0, 1, 0x7f, 0x80, 0xab, 0xff)), '00017f80abff')
  assert.is(toHex(new Uint8Array(0)), '')
})

test('every byte is read as node reads it', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  const text = Buffer.from(all).toString('hex')
  assert.is(toHex(all), text)
  assert.equal(fromHex(text), all)
  assert.equal(fromHex(text.toUpperCase()), all)
})

test('white space is passed over', () => {
  assert.equal(fromHex(' 0a\n0 b\t'), Uint8Array.of(10, 11))
})

test('what is not hex is a RangeError', () => {
  for (const text of ['0', '0g', '0x00', '00-1', '１２'])
    assert.throws(
      () => fromHex(text),
      (error: unknown) => error instanceof RangeError,
    )
})

test.run()
