import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KeyUsage, readExtensions } from '../../../src/tls13/certificates/extensions.ts'
import { DerError } from '../../../src/tls13/der.ts'
import { der } from '../../support/certificates.ts'

const test = suite('extensions')

const extension = (last: number, value: Uint8Array, critical?: number) =>
  der(
    0x30,
    der(6, [0x55, 0x1d, last]),
    ...(critical === undefined ? [] : [der(1, [critical])]),
    der(4, value),
  )
const read = (...list: Uint8Array[]) => readExtensions(der(0x30, ...list))
const refuses = (...list: Uint8Array[]) =>
  assert.throws(
    () => read(...list),
    (error: unknown) => error instanceof DerError,
  )
const [KEY_USAGE, ALT_NAME, BASIC, PURPOSES, POLICIES] = [15, 17, 19, 37, 32]

test('alternative names are sorted by kind', () => {
  const names = der(
    0x30,
    der(0x82, 'a.example'),
    der(0x87, [1, 2, 3, 4]),
    der(0x81, 'me@a.example'),
    der(0xa4, der(0x30)),
  )
  const found = read(extension(ALT_NAME, names))
  assert.equal(found.dnsNames, ['a.example'])
  assert.equal(
    found.ipAddresses.map((address) => [...address]),
    [[1, 2, 3, 4]],
  )
  assert.equal([...found.otherNameKinds], [1, 4])
})

test('alternative names that are none are refused', () => {
  refuses(extension(ALT_NAME, der(0x30)))
  refuses(extension(ALT_NAME, der(0x30, der(0x87, [1, 2, 3]))))
  refuses(extension(ALT_NAME, der(0x30, der(0x82, 'a b'))))
  refuses(extension(ALT_NAME, der(0x30, der(0x89, 'x'))))
  refuses(extension(ALT_NAME, der(0x30, der(0x0c, 'x'))))
  refuses(extension(ALT_NAME, Uint8Array.of(0x30, 0, 0)))
})

test('basic constraints: absent means no authority, a path length is not negative', () => {
  assert.equal(read(extension(BASIC, der(0x30))).basicConstraints, {
    ca: false,
    pathLength: undefined,
  })
  const two = der(0x30, der(1, [0xff]), der(2, [2]))
  assert.equal(read(extension(BASIC, two)).basicConstraints, { ca: true, pathLength: 2 })
  refuses(extension(BASIC, der(0x30, der(1, [0xff]), der(2, [0x80]))))
  refuses(extension(BASIC, der(0x30, der(1, [0xff]), der(2, [1]), der(2, [1]))))
})

test('key usage and purposes are read', () => {
  const found = read(
    extension(KEY_USAGE, der(3, [2, 0x84])),
    extension(PURPOSES, der(0x30, der(6, [0x2b, 6, 1, 5, 5, 7, 3, 1]))),
  )
  assert.is(found.keyUsage, KeyUsage.digitalSignature | KeyUsage.keyCertSign)
  assert.equal(found.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1'])
  refuses(extension(PURPOSES, der(0x30)))
})

test('critical extensions that are not understood are named; policies do no harm', () => {
  const found = read(
    extension(POLICIES, der(0x30), 0xff),
    extension(36, der(0x30), 0xff),
    extension(35, der(0x30)),
  )
  assert.equal(found.unknownCritical, ['2.5.29.36'])
})

test('an extension that is there twice, a false that is written as no boolean, an empty list', () => {
  refuses(extension(35, der(0x30)), extension(35, der(0x30)))
  refuses(extension(35, der(0x30), 1))
  refuses()
})

test.run()
