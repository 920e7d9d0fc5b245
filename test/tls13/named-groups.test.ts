import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GROUPS, groupCodePoint, groupsByName } from '../../src/tls13/named-groups.ts'

const test = suite('named groups')

test('they have the code points of RFC 9846 §4.3.7', () => {
  assert.equal(
    GROUPS.map((group) => [group, groupCodePoint(group)]),
    [
      ['x25519', 0x1d],
      ['secp256r1', 0x17],
      ['secp384r1', 0x18],
    ],
  )
})

test('names are taken in the order given, and only if they are known', () => {
  assert.equal(groupsByName(['secp384r1', 'x25519']), ['secp384r1', 'x25519'])
  assert.throws(() => groupsByName(['X25519']), /X25519 is not supported: x25519, secp256r1/)
  assert.throws(() => groupsByName([]), /at least one group/)
})

test.run()
