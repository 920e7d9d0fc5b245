import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isAuthority,
  isConnectTarget,
  isFieldName,
  isFieldValue,
  isPath,
  isScheme,
  isToken,
  parseContentLength,
} from '../../src/h3/field-syntax.ts'

const test = suite('field syntax')

const all = Array.from({ length: 256 }, (_, unit) => String.fromCharCode(unit))

test('a token is made of the characters of RFC 9110 §5.6.2', () => {
  const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  for (const char of all) assert.is(isToken(char), tchar.includes(char), JSON.stringify(char))
  assert.not(isToken(''))
})

test('a field name is a token without upper case', () => {
  for (const char of all) {
    const expected = isToken(char) && char.toLowerCase() === char
    assert.is(isFieldName(`a${char}`), expected, JSON.stringify(char))
  }
  assert.not(isFieldName(''))
  assert.not(isFieldName('na\u0131me'))
})

test('a field value has no controls but tab, and no white space at its ends', () => {
  for (const char of all) {
    const unit = char.charCodeAt(0)
    const isControl = (unit < 0x20 && unit !== 9) || unit === 0x7f
    assert.is(isFieldValue(`a${char}b`), !isControl, `inside: ${unit}`)
    const isSpace = unit === 9 || unit === 0x20
    assert.is(isFieldValue(`${char}b`), !isControl && !isSpace, `before: ${unit}`)
    assert.is(isFieldValue(`b${char}`), !isControl && !isSpace, `behind: ${unit}`)
  }
  assert.ok(isFieldValue(''))
  assert.not(isFieldValue('\u0100'))
})

test('an authority is host and port, without userinfo', () => {
  for (const good of ['a', 'example.org:443', '[::1]:80', '127.0.0.1', 'xn--a%20b'])
    assert.ok(isAuthority(good), good)
  for (const bad of ['', 'u@a', 'a b', 'a/b', 'a?b', 'a#b', 'a\\b', 'a\0', '\xe4'])
    assert.not(isAuthority(bad), bad)
})

test('the target of CONNECT has a port', () => {
  for (const good of ['a:1', '[::1]:443', 'example.org:65535'])
    assert.ok(isConnectTarget(good), good)
  for (const bad of ['a', 'a:', ':1', 'a::1', 'a:b', 'u@a:1']) assert.not(isConnectTarget(bad), bad)
})

test('paths are absolute, visible and without a fragment', () => {
  for (const good of ['/', '/a?b=c&d', '/%20', '/\xc3\xa4']) assert.ok(isPath(good), good)
  for (const bad of ['', 'a', '*', '/a b', '/a#b', '/\n', '/\x7f', '//\u4e00'])
    assert.not(isPath(bad), bad)
})

test('schemes begin with a letter', () => {
  for (const good of ['https', 'a1+-.']) assert.ok(isScheme(good), good)
  for (const bad of ['', '1a', 'a b', 'a:', 'ä']) assert.not(isScheme(bad), bad)
})

test('a content length is digits alone, up to 2^53-1', () => {
  assert.is(parseContentLength('0'), 0)
  assert.is(parseContentLength('007'), 7)
  assert.is(parseContentLength('9007199254740991'), 2 ** 53 - 1)
  const bad = [
    '',
    '+5',
    '-5',
    '0x5',
    '5, 5',
    '5 ',
    ' 5',
    '1e3',
    '5.0',
    '9007199254740992',
    `${2n ** 64n}`,
  ]
  for (const text of bad) assert.is(parseContentLength(text), -1, text)
})

test.run()
