import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dnsNameText,
  nameText,
  relativeNames,
} from '../../../src/tls13/certificates/distinguished-name.ts'
import { DerError } from '../../../src/tls13/der.ts'
import { der } from '../../support/certificates.ts'

const test = suite('distinguished-name')

const CN = [0x55, 4, 3]
const O = [0x55, 4, 10]
const attribute = (type: number[], tag: number, value: string | number[]) =>
  der(0x30, der(6, type), der(tag, value))
const name = (...sets: Uint8Array[]) => der(0x30, ...sets.map((set) => der(0x31, set)))
const isDerError = (error: unknown) => error instanceof DerError

test('a name is written in its order, with the usual short names', () => {
  const text = nameText(name(attribute(CN, 0x0c, 'Zoë'), attribute(O, 0x13, 'Example')))
  assert.is(text, 'CN=Zoë, O=Example')
})

test('an unknown attribute has its number, an unknown kind of text a question mark', () => {
  assert.is(nameText(name(attribute([0x55, 4, 97], 0x0c, 'x'))), '2.5.4.97=x')
  assert.is(nameText(name(attribute(CN, 0x04, 'x'))), 'CN=?')
  assert.is(nameText(name(attribute(CN, 0x1e, [0, 0x48, 0, 0x69]))), 'CN=Hi')
})

test('control characters do not reach a log', () => {
  assert.is(nameText(name(attribute(CN, 0x0c, 'a\nb\u202ec\u2028'))), 'CN=a?b?c?')
})

test('an empty name says so', () => {
  assert.is(nameText(name()), '(no name)')
  assert.equal(relativeNames(name()), [])
})

test('names that are no names are refused', () => {
  assert.throws(() => nameText(der(0x30, der(0x31))), isDerError)
  assert.throws(() => nameText(der(0x30, der(0x30))), isDerError)
  assert.throws(() => relativeNames(der(0x30, [0x31, 5])), isDerError)
})

test('a dNSName is printable ASCII without spaces', () => {
  assert.is(dnsNameText(Buffer.from('*.Example.com')), '*.Example.com')
  for (const text of ['', 'a b', 'a\0b', 'zoë.example', 'a\n'])
    assert.throws(() => dnsNameText(Buffer.from(text)), isDerError, JSON.stringify(text))
})

test.run()
