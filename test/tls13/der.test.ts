import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../src/bytes/index.ts'
import {
  DerError,
  DerReader,
  decodeBitString,
  decodeNamedBits,
  decodeOid,
  readTime,
  Tag,
} from '../../src/tls13/der.ts'
import { der } from '../support/certificates.ts'

const test = suite('der')

const isDerError = (error: unknown) => error instanceof DerError
const reader = (hex: string) => new DerReader(fromHex(hex))

test('a reader walks through nested elements and gives views', () => {
  const bytes = fromHex('30 08 02 01 05 01 01 ff 05 00')
  const outer = new DerReader(bytes)
  const list = outer.enter(Tag.sequence)
  assert.is(list.readSmallInteger(), 5)
  assert.is(list.readBoolean(), true)
  const rest = list.readElement(0x05)
  assert.equal([...rest], [5, 0])
  assert.is(rest.buffer, bytes.buffer)
  list.finish()
  outer.finish()
})

test('long lengths are read in their shortest form only', () => {
  assert.is(new DerReader(der(4, new Uint8Array(127))).read(4).length, 127)
  assert.is(new DerReader(der(4, new Uint8Array(200))).read(4).length, 200)
  assert.is(new DerReader(der(4, new Uint8Array(70_00))).read(4).length, 7000)
  const padded = [
    `04 81 7f ${'00'.repeat(127)}`,
    `04 82 00 80 ${'00'.repeat(128)}`,
    `04 83 00 01 00 ${'00'.repeat(256)}`,
  ]
  for (const hex of padded) assert.throws(() => reader(hex).read(4), isDerError, hex.slice(0, 11))
})

test('indefinite, cut and huge lengths are refused', () => {
  for (const hex of ['30 80 00 00', '04', '04 82', '04 82 01', '04 05 01', '04 84 00 00 00 01 00'])
    assert.throws(() => reader(hex).read(fromHex(hex)[0]!), isDerError, hex)
})

test('another tag, and bytes that are left over, are refused', () => {
  assert.throws(() => reader('04 00').read(Tag.sequence), isDerError)
  assert.throws(() => reader('').read(Tag.sequence), isDerError)
  assert.throws(() => reader('00').finish(), isDerError)
})

test('a boolean is 00 or ff', () => {
  assert.is(reader('01 01 00').readBoolean(), false)
  for (const hex of ['01 01 01', '01 00', '01 02 ff ff'])
    assert.throws(() => reader(hex).readBoolean(), isDerError, hex)
})

test('integers that are negative, padded, empty or above 2^31-1 are refused', () => {
  assert.is(reader('02 02 00 80').readSmallInteger(), 128)
  assert.is(reader('02 04 7f ff ff ff').readSmallInteger(), 0x7fffffff)
  for (const hex of ['02 01 80', '02 02 00 7f', '02 00', '02 05 00 80 00 00 00', '02 02 ff 80'])
    assert.throws(() => reader(hex).readSmallInteger(), isDerError, hex)
})

test('object identifiers read as X.690 §8.19.5 has them', () => {
  // The example of the standard: {2 100 3}.
  assert.is(decodeOid(fromHex('81 34 03')), '2.100.3')
  assert.is(decodeOid(fromHex('2a 86 48 86 f7 0d 01 01 0b')), '1.2.840.113549.1.1.11')
  assert.is(decodeOid(fromHex('09 92 26 89 93 f2 2c 64 01 19')), '0.9.2342.19200300.100.1.25')
  for (const hex of ['', '2a 86', '80 01', '2a 80 01'])
    assert.throws(() => decodeOid(fromHex(hex)), isDerError, hex)
})

test('bit strings: keys have whole bytes, flags count from the first bit', () => {
  assert.equal([...decodeBitString(fromHex('00 aa bb'))], [0xaa, 0xbb])
  assert.throws(() => decodeBitString(fromHex('01 aa')), isDerError)
  assert.throws(() => decodeBitString(fromHex('')), isDerError)
  // keyUsage: digitalSignature is bit 0, keyCertSign bit 5, decipherOnly bit 8.
  assert.is(decodeNamedBits(fromHex('07 80')), 1)
  assert.is(decodeNamedBits(fromHex('02 04')), 1 << 5)
  assert.is(decodeNamedBits(fromHex('07 00 80')), 1 << 8)
  assert.is(decodeNamedBits(fromHex('00')), 0)
  for (const hex of ['', '08 00', '01', '00 00 00 00 00 00'])
    assert.throws(() => decodeNamedBits(fromHex(hex)), isDerError, hex)
})

const timeOf = (tag: number, text: string) => readTime(new DerReader(der(tag, text)))

test('times of both forms are read; 50 to 99 are in the last century', () => {
  assert.is(timeOf(Tag.utcTime, '491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59))
  assert.is(timeOf(Tag.utcTime, '500101000000Z'), Date.UTC(1950, 0, 1))
  assert.is(timeOf(Tag.generalizedTime, '20240229120000Z'), Date.UTC(2024, 1, 29, 12))
  assert.is(timeOf(Tag.generalizedTime, '99991231235959Z'), Date.UTC(9999, 11, 31, 23, 59, 59))
})

test('times that do not exist, or have another form, are refused', () => {
  for (const text of ['230229000000Z', '231301000000Z', '230100000000Z', '230101240000Z'])
    assert.throws(() => timeOf(Tag.utcTime, text), isDerError, text)
  for (const text of ['230101006000Z', '230101000060Z', '2301010000Z', '230101000000+0000', ''])
    assert.throws(() => timeOf(Tag.utcTime, text), isDerError, text)
  assert.throws(() => timeOf(Tag.generalizedTime, '20240101000000.5Z'), isDerError)
  assert.throws(() => timeOf(Tag.ia5String, '20240101000000Z'), isDerError)
})

test.run()
