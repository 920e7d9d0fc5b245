import { generateKeyPairSync } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImportedKeys } from '../../../../src/tls13/crypto/node/imported-keys.ts'
import { MAX_IMPORTED_KEYS } from '../../../../src/tls13/limits.ts'

const test = suite('tls13/crypto/node/imported-keys')

const newKey = (): Uint8Array =>
  new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }))

test('a key that is met again is not imported again', () => {
  const keys = new ImportedKeys()
  const spki = newKey()
  const first = keys.get(spki)
  assert.is(first.kind, 'ed25519')
  assert.is(keys.get(spki.slice()), first)
  assert.is(keys.size, 1)
})

test('no more keys are kept than the cap, the longest unused one goes first', () => {
  const keys = new ImportedKeys()
  const [used, unused] = [newKey(), newKey()]
  const first = keys.get(used)
  const second = keys.get(unused)
  for (let i = 0; i < 2 * MAX_IMPORTED_KEYS; i++) {
    keys.get(newKey())
    assert.is(keys.get(used), first)
    assert.ok(keys.size <= MAX_IMPORTED_KEYS)
  }
  assert.is(keys.size, MAX_IMPORTED_KEYS)
  assert.is.not(keys.get(unused), second)
})

test('what is no key is neither taken nor kept', () => {
  const keys = new ImportedKeys()
  assert.throws(() => keys.get(new Uint8Array(44)))
  assert.is(keys.size, 0)
})

test.run()
