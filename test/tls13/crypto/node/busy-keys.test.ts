import { createCipheriv } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAead } from '../../../../src/tls13/crypto/node/aead.ts'
import { BusyKeys } from '../../../../src/tls13/crypto/node/busy-keys.ts'
import { MAX_BUSY_KEYS } from '../../../../src/tls13/limits.ts'
import { seededBytes } from '../../support.ts'

const test = suite('busy keys')

test('where one more than the limit is busy, the first rests, and then the others in their order', () => {
  const busy = new BusyKeys(3)
  const resting: number[] = []
  const keys = Array.from({ length: 8 }, (_, index) => ({ rest: () => void resting.push(index) }))
  for (const [index, key] of keys.entries()) {
    busy.add(key)
    assert.is(resting.length, Math.max(0, index - 2))
  }
  assert.equal(resting, [0, 1, 2, 3, 4])
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
  // Busy from the 17th call on: the first two rest when the last two are.
  for (const [i, aead] of aeads.entries())
    for (let call = 0; call < 18; call++) check(keys[i]!, aead)
  for (let call = 0; call < 40; call++) check(keys[call % 2]!, aeads[call % 2]!)
})

test.run()
