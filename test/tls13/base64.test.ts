import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/bytes/index.ts'
import { decodeBase64 } from '../../src/tls13/base64.ts'

const test = suite('base64')

const decoded = (text: string): string | undefined => {
  const bytes = decodeBase64(text)
  return bytes === undefined ? undefined : toHex(bytes)
}

test('the vectors of RFC 4648 §10', () => {
  assert.is(decoded('Zg=='), '66')
  assert.is(decoded('Zm8='), '666f')
  assert.is(decoded('Zm9v'), '666f6f')
  assert.is(decoded('Zm9vYmFy'), '666f6f626172')
})

test('bytes above 127, and the two digits that are neither letters nor numbers', () => {
  assert.is(decoded('+/+A'), 'fbff80')
})

test('lines are joined', () => {
  assert.is(decoded('\r\nZm9v\r\n Ym\tFy\n'), '666f6f626172')
})

test('what is no base64, or nothing, is refused', () => {
  for (const text of [
    '',
    ' \n',
    'Zg',
    'Zg=',
    'Zg===',
    'Z===',
    'Zm9v=',
    'Zm-_',
    'Zm9v!',
    'Zg==Zg==',
  ])
    assert.is(decodeBase64(text), undefined, text)
})

test.run()
