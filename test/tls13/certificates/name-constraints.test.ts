import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readNameConstraints } from '../../../src/tls13/certificates/name-constraints.ts'
import { DerError, DerReader } from '../../../src/tls13/der.ts'
import { der, nameConstraints, type TestSubtrees } from '../../support/certificates.ts'

const test = suite('name-constraints')

const read = (permitted?: TestSubtrees, excluded?: TestSubtrees) =>
  readNameConstraints(new DerReader(nameConstraints(permitted, excluded).value).enter(0x30))
const isDerError = (error: unknown) => error instanceof DerError

test('subtrees are sorted by kind; host names are in lower case', () => {
  const cn = der(0x31, der(0x30, der(6, [0x55, 4, 3]), der(0x0c, 'x')))
  const { permitted, excluded } = read(
    { dns: ['Example.COM', ''], ip: [[10, 0, 0, 0, 255, 0, 0, 0]] },
    { dns: ['.b.example'], other: [der(0xa4, der(0x30, cn)), der(0x81, 'a@b.example')] },
  )
  assert.equal(permitted.dnsNames, ['example.com', ''])
  assert.equal([...permitted.ipRanges[0]!.address], [10, 0, 0, 0])
  assert.equal([...permitted.ipRanges[0]!.mask], [255, 0, 0, 0])
  assert.equal(excluded.dnsNames, ['.b.example'])
  assert.equal(excluded.directoryNames, [[cn]])
  assert.equal([...excluded.otherKinds], [1])
})

test('constraints that constrain nothing, and malformed subtrees, are refused', () => {
  assert.throws(() => read(), isDerError)
  assert.throws(() => read({}), isDerError)
  assert.throws(() => read({ ip: [[10, 0, 0, 0]] }), isDerError)
  assert.throws(() => read({ dns: ['a b'] }), isDerError)
  // A `minimum` of 1 behind the base.
  const withMinimum = der(0xa0, der(0x30, der(0x82, 'a.example'), der(0x80, [1])))
  assert.throws(() => readNameConstraints(new DerReader(withMinimum)), isDerError)
})

test.run()
