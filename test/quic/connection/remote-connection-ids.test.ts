import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import { RemoteConnectionIds } from '../../../src/quic/connection/remote-connection-ids.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { ACTIVE_CONNECTION_ID_LIMIT, MAX_PENDING_RETIREMENTS } from '../../../src/quic/limits.ts'
import { throwsCode } from '../support/errors.ts'

const test = suite('quic/connection/remote-connection-ids')
const { connectionIdLimitError, protocolViolation } = TransportErrorCode

const idOf = (n: number) => Uint8Array.of(0xc0, n >>> 8, n, 1, 2, 3, 4, 5)
const tokenOf = (n: number) => new Uint8Array(16).fill(n + 1)
const resetWith = (token: Uint8Array) => Uint8Array.of(0x40, 1, 2, 3, 4, ...token)

function create() {
  const tokens = new Set<string>()
  const ids = new RemoteConnectionIds(idOf(0), {
    onResetToken(token, inUse) {
      if (inUse) tokens.add(toHex(token))
      else tokens.delete(toHex(token))
    },
  })
  const add = (n: number, retirePriorTo = 0) =>
    ids.onNewConnectionId(n, retirePriorTo, idOf(n), tokenOf(n))
  /** Sends all that waits, and says what. */
  const send = () => {
    const sent: number[] = []
    for (let next = ids.takeRetirement(); next !== undefined; next = ids.takeRetirement()) {
      sent.push(next)
    }
    return sent
  }
  return { ids, tokens, add, send }
}

test('the first id is used until the peer retires it', () => {
  const { ids, add } = create()
  add(1)
  assert.equal(ids.id, idOf(0))
  add(2, 1)
  assert.equal(ids.id, idOf(1))
  assert.equal(ids.pendingRetirements, [0])
})

test('an id told again changes nothing', () => {
  const { ids, add } = create()
  for (let i = 0; i < 100; i++) add(1)
  for (let i = 0; i < 100; i++) add(2, 1)
  assert.equal(ids.pendingRetirements, [0])
})

test('a sequence number with another id, an id with another number, or another token: PROTOCOL_VIOLATION', () => {
  const { ids, add } = create()
  add(1)
  throwsCode(() => ids.onNewConnectionId(1, 0, idOf(9), tokenOf(1)), protocolViolation)
  throwsCode(() => ids.onNewConnectionId(2, 0, idOf(1), tokenOf(1)), protocolViolation)
  throwsCode(() => ids.onNewConnectionId(1, 0, idOf(1), tokenOf(2)), protocolViolation)
  throwsCode(() => ids.onNewConnectionId(0, 0, idOf(7), tokenOf(0)), protocolViolation)
})

test('more ids than the limit: CONNECTION_ID_LIMIT_ERROR', () => {
  const { add } = create()
  for (let n = 1; n < ACTIVE_CONNECTION_ID_LIMIT; n++) add(n)
  throwsCode(() => add(ACTIVE_CONNECTION_ID_LIMIT), connectionIdLimitError)
})

test('ids that replace retired ones do not count against the limit', () => {
  const { ids, add, send } = create()
  for (let n = 1; n < 200; n++) {
    add(n, n)
    for (const sequence of send()) ids.onRetirementAcked(sequence)
  }
  assert.equal(ids.id, idOf(199))
})

test('a peer that lets retirements pile up is refused', () => {
  const { add } = create()
  for (let n = 1; n <= MAX_PENDING_RETIREMENTS; n++) add(n, n)
  throwsCode(() => add(20, 20), connectionIdLimitError)
})

test('an id below what was retired is retired at once, and only once', () => {
  const { ids, add, send } = create()
  add(5, 5)
  send()
  add(3)
  add(3)
  assert.equal(ids.pendingRetirements, [3])
  assert.equal(ids.id, idOf(5))
})

test('a lost retirement is sent again once, and not after its acknowledgment', () => {
  const { ids, add, send } = create()
  add(1, 1)
  send()
  ids.onRetirementLost(0)
  ids.onRetirementLost(0)
  assert.equal(ids.pendingRetirements, [0])
  send()
  ids.onRetirementAcked(0)
  ids.onRetirementAcked(0)
  ids.onRetirementLost(0)
  assert.equal(ids.pendingRetirements, [])
  for (let n = 2; n < 2 + MAX_PENDING_RETIREMENTS; n++) add(n, n)
  throwsCode(() => add(20, 20), connectionIdLimitError)
})

test('a peer that uses no ids can give none', () => {
  const ids = new RemoteConnectionIds(new Uint8Array(0), { onResetToken: () => {} })
  throwsCode(() => ids.onNewConnectionId(1, 0, idOf(1), tokenOf(1)), protocolViolation)
})

test('a stateless reset counts only with the token of the id in use', () => {
  const { ids, tokens, add } = create()
  ids.setFirstResetToken(tokenOf(0))
  add(1)
  assert.is(ids.isStatelessReset(resetWith(tokenOf(0))), true)
  assert.is(ids.isStatelessReset(resetWith(tokenOf(1))), false, 'never used')
  assert.is(ids.isStatelessReset(resetWith(tokenOf(0)).subarray(1)), false, 'too short')
  add(2, 1)
  assert.is(ids.isStatelessReset(resetWith(tokenOf(0))), false, 'retired')
  assert.is(ids.isStatelessReset(resetWith(tokenOf(1))), true)
  assert.equal([...tokens], [toHex(tokenOf(1))])
  ids.discard()
  assert.is(tokens.size, 0)
})

test.run()
