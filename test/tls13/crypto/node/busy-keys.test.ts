import { createCipheriv } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAead } from '../../../../src/tls13/crypto/node/aead.ts'
import { type BusyKey, BusyKeys } from '../../../../src/tls13/crypto/node/busy-keys.ts'
import { MAX_BUSY_KEYS } from '../../../../src/tls13/limits.ts'
import { seededBytes } from '../../support.ts'

const test = suite('busy keys')

/** Keys that note who of them had to rest. */
function restingKeys(count: number) {
  const resting: number[] = []
  const keys = Array.from({ length: count }, (_, index) => ({
    isUsed: false,
    rest: () => void resting.push(index),
  }))
  return { keys, resting }
}

test('where one more than the limit is busy, the first that is not used rests, and then the others in their order', () => {
  const busy = new BusyKeys(3)
  const { keys, resting } = restingKeys(8)
  for (const [index, key] of keys.entries()) {
    assert.is(busy.add(key), true)
    assert.is(resting.length, Math.max(0, index - 2))
  }
  assert.equal(resting, [0, 1, 2, 3, 4])
})

test('a key that is used stays, and one that was not since the last look makes room', () => {
  const busy = new BusyKeys(3)
  const { keys, resting } = restingKeys(6)
  for (const key of keys.slice(0, 3)) busy.add(key)
  keys[0]!.isUsed = true
  keys[1]!.isUsed = true
  assert.is(busy.add(keys[3]!), true)
  assert.equal(resting, [2])
  // The first is used again, the second was not since.
  keys[0]!.isUsed = true
  assert.is(busy.add(keys[4]!), true)
  assert.equal(resting, [2, 1])
})

test('where all are in use, one more has to do without after a bounded look', () => {
  const count = 1000
  const busy = new BusyKeys(count)
  const { keys, resting } = restingKeys(count + 2)
  for (const key of keys.slice(0, count)) {
    busy.add(key)
    key.isUsed = true
  }
  assert.is(busy.add(keys[count]!), false)
  assert.is(busy.add(keys[count + 1]!), false)
  assert.equal(resting, [])
  assert.is(keys.filter((key) => !key.isUsed && keys.indexOf(key) < count).length, 16)
})

test('a busy key that is used again says so, or it would have to rest while others do nothing', () => {
  const bytes = seededBytes(4)
  const sealer = createAead('aes-128-gcm', bytes(16))
  const opener = createAead('aes-128-gcm', bytes(16))
  const isUsed = (aead: unknown): boolean => (aead as BusyKey).isUsed
  const seal = () => sealer.seal(bytes(12), new Uint8Array(0), bytes(40), new Uint8Array(56))
  const open = () => opener.open(bytes(12), new Uint8Array(0), bytes(56))
  for (const [aead, use] of [
    [sealer, seal],
    [opener, open],
  ] as const) {
    for (let call = 0; call < 9; call++) use()
    assert.is(isUsed(aead), false)
    use()
    assert.is(isUsed(aead), true)
  }
})

test('a key that had to rest goes on as it was, and may be busy again', () => {
  const bytes = seededBytes(3)
  const nonce = bytes(12)
  const text = bytes(40)
  const check = (key: Uint8Array, aead: ReturnType<typeof createAead>): void => {
    const cipher = createCipheriv('aes-128-gcm', key, nonce)
    const expected = [cipher.update(text), cipher.final(), cipher.getAuthTag()]
    const out = new Uint8Array(text.length + 16)
    aead.seal(nonce, new Uint8Array(0), text, out)
    assert.is(Buffer.compare(out, Buffer.concat(expected)), 0)
  }
  const keys = Array.from({ length: MAX_BUSY_KEYS + 2 }, () => bytes(16))
  const aeads = keys.map((key) => createAead('aes-128-gcm', key))
  // Busy from the 9th call on: the first two rest when the last two are.
  for (const [i, aead] of aeads.entries())
    for (let call = 0; call < 9; call++) check(keys[i]!, aead)
  for (let call = 0; call < 40; call++) check(keys[call % 2]!, aeads[call % 2]!)
})

test.run()
