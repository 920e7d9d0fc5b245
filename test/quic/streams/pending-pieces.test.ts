import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../../src/bytes/index.ts'
import { PendingPieces } from '../../../src/quic/streams/pending-pieces.ts'

const test = suite('quic/streams/pending-pieces')

const taken = (pending: PendingPieces, offset: number) =>
  concatBytes(pending.takeFrom(offset).map(({ bytes }) => bytes))

test('pieces are handed over up to the next gap', () => {
  const pending = new PendingPieces()
  pending.insert(8, Uint8Array.of(8))
  pending.insert(4, Uint8Array.of(4, 5))
  pending.insert(6, Uint8Array.of(6))
  assert.is(pending.gaps, 2)
  assert.equal(taken(pending, 3), new Uint8Array(0))
  assert.equal(taken(pending, 4), Uint8Array.of(4, 5, 6))
  assert.equal([pending.gaps, pending.count, pending.isEmpty], [1, 1, false])
  assert.equal(taken(pending, 8), Uint8Array.of(8))
  assert.equal([pending.gaps, pending.count, pending.isEmpty], [0, 0, true])
})

test('of bytes that are here already the first ones are kept', () => {
  const pending = new PendingPieces()
  pending.insert(3, Uint8Array.of(3, 4))
  pending.insert(7, Uint8Array.of(7))
  pending.insert(2, Uint8Array.of(102, 103, 104, 105, 106, 107, 108))
  assert.is(pending.gaps, 1)
  assert.equal(taken(pending, 2), Uint8Array.of(102, 3, 4, 105, 106, 7, 108))
})

test('many small pieces that touch become one', () => {
  const pending = new PendingPieces()
  for (let i = 0; i < 1000; i++) pending.insert(1 + i, Uint8Array.of(i))
  assert.ok(pending.count < 100, `${pending.count}`)
  assert.is(pending.gaps, 1)
  assert.equal(
    taken(pending, 1),
    Uint8Array.from({ length: 1000 }, (_, i) => i),
  )
})

test('no bytes are nothing, wherever they are', () => {
  const pending = new PendingPieces()
  pending.insert(5, new Uint8Array(0))
  assert.equal([pending.gaps, pending.isEmpty], [0, true])
})

test.run()
