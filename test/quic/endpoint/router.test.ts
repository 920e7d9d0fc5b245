import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idKey } from '../../../src/quic/connection-id.ts'
import { Router } from '../../../src/quic/endpoint/router.ts'
import type { Connection } from '../../../src/quic/index.ts'

const test = suite('quic/endpoint/router')
const A = { name: 'a' } as unknown as Connection
const B = { name: 'b' } as unknown as Connection

test('an id is found in a datagram, whatever its length', () => {
  const router = new Router()
  for (let length = 0; length <= 20; length++) {
    const id = new Uint8Array(length).map((_, i) => 255 - i)
    router.add(idKey(id), length % 2 === 0 ? A : B)
    const datagram = Uint8Array.of(1, 2, 3, ...id, 4)
    assert.is(router.lookUp(datagram, 3, length), length % 2 === 0 ? A : B)
  }
  assert.is(router.size, 21)
})

test('ids that differ in one bit are different', () => {
  const router = new Router()
  const id = new Uint8Array(8)
  router.add(idKey(id), A)
  for (let bit = 0; bit < 64; bit++) {
    const other = id.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.is(router.lookUp(other, 0, 8), undefined)
  }
  assert.is(router.lookUp(new Uint8Array(9), 0, 9), undefined)
  assert.is(router.lookUp(new Uint8Array(7), 0, 7), undefined)
})

test('a removed id leads nowhere', () => {
  const router = new Router()
  router.add(idKey(Uint8Array.of(1)), A)
  router.remove(idKey(Uint8Array.of(1)))
  assert.is(router.lookUp(Uint8Array.of(1), 0, 1), undefined)
  assert.is(router.size, 0)
})

test.run()
