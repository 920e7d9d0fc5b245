import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Router } from '../../../src/quic/endpoint/router.ts'
import type { Connection } from '../../../src/quic/index.ts'

const test = suite('quic/endpoint/router')
const A = { name: 'a' } as unknown as Connection
const B = { name: 'b' } as unknown as Connection

test('an id is found in a datagram, whatever its length', () => {
  const router = new Router()
  for (let length = 0; length <= 20; length++) {
    const id = new Uint8Array(length).map((_, i) => 255 - i)
    router.add(id, length % 2 === 0 ? A : B)
    const datagram = Uint8Array.of(1, 2, 3, ...id, 4)
    assert.is(router.lookUp(datagram, 3, length), length % 2 === 0 ? A : B)
  }
  assert.is(router.size, 21)
})

test('ids that differ in one bit are different', () => {
  const router = new Router()
  const id = new Uint8Array(8)
  router.add(id, A)
  for (let bit = 0; bit < 64; bit++) {
    const other = id.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.is(router.get(other), undefined)
  }
  assert.is(router.get(new Uint8Array(9)), undefined)
  assert.is(router.get(new Uint8Array(7)), undefined)
})

test('a removed id leads nowhere', () => {
  const router = new Router()
  router.add(Uint8Array.of(1), A)
  router.remove(Uint8Array.of(1))
  assert.is(router.get(Uint8Array.of(1)), undefined)
  assert.is(router.size, 0)
})

test.run()
