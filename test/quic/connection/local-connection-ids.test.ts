import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LocalConnectionIds } from '../../../src/quic/connection/local-connection-ids.ts'
import { idKey } from '../../../src/quic/connection-id.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { MAX_ISSUED_CONNECTION_IDS } from '../../../src/quic/limits.ts'
import { throwsCode } from '../support/errors.ts'

const test = suite('quic/connection/local-connection-ids')
const { protocolViolation } = TransportErrorCode

function create(limit: number) {
  const routed = new Set<string>()
  let made = 0
  const ids = new LocalConnectionIds({
    create: () => Uint8Array.of(++made, 0, 0, 0),
    resetToken: () => new Uint8Array(16),
    add: (key) => routed.add(key),
    remove: (key) => routed.delete(key),
  })
  ids.onPeerLimit(limit)
  ids.issue()
  const tell = () => {
    for (let next = ids.takePending(); next !== undefined; next = ids.takePending())
      ids.onTold(next)
  }
  return { ids, routed, tell }
}

test('as many ids are issued as the peer keeps, but not more than the cap', () => {
  assert.equal(create(2).ids.pending, [1])
  const many = create(1000)
  assert.is(many.routed.size, MAX_ISSUED_CONNECTION_IDS)
  assert.is(many.ids.pending.length, MAX_ISSUED_CONNECTION_IDS - 1)
})

test('a retired id is replaced and no longer routed', () => {
  const { ids, routed, tell } = create(2)
  tell()
  ids.onRetire(0, ids.get(1)!)
  assert.equal(
    [...routed],
    [2, 3].map((made) => idKey(Uint8Array.of(made, 0, 0, 0))),
  )
  assert.equal(ids.pending, [2])
})

test('an id retired twice is ignored', () => {
  const { ids, tell } = create(2)
  tell()
  ids.onRetire(0, ids.get(1)!)
  ids.onRetire(0, ids.get(1)!)
  assert.equal(ids.pending, [2])
})

test('to retire an id that was never told is a PROTOCOL_VIOLATION', () => {
  const { ids, tell } = create(3)
  throwsCode(() => ids.onRetire(1, ids.first), protocolViolation)
  tell()
  ids.onRetire(1, ids.first)
  throwsCode(() => ids.onRetire(3, ids.first), protocolViolation)
  throwsCode(() => ids.onRetire(2 ** 53 - 1, ids.first), protocolViolation)
})

test('to retire the id that carries the frame is a PROTOCOL_VIOLATION', () => {
  const { ids } = create(2)
  throwsCode(() => ids.onRetire(0, ids.first), protocolViolation)
})

test('a lost NEW_CONNECTION_ID is told again once, and not when the id is gone', () => {
  const { ids, tell } = create(2)
  tell()
  ids.onLost(1)
  ids.onLost(1)
  assert.equal(ids.pending, [1])
  tell()
  ids.onRetire(1, ids.first)
  ids.onLost(1)
  assert.equal(ids.pending, [2])
})

test('an id is known by its sequence number until it is retired', () => {
  const { ids, tell } = create(2)
  tell()
  const [first, second] = [ids.get(0)!, ids.get(1)!]
  assert.equal(
    [first, second].map((id) => ids.sequenceOf(id)),
    [0, 1],
  )
  assert.equal([ids.has(0, first), ids.has(1, first), ids.has(-1, first)], [true, false, false])
  ids.onRetire(0, second)
  assert.is(ids.sequenceOf(first), -1)
  assert.is(ids.has(0, first), false)
  assert.equal(ids.first, first)
})

test('at the end no id is routed', () => {
  const { ids, routed } = create(4)
  ids.discard()
  assert.is(routed.size, 0)
})

test.run()
