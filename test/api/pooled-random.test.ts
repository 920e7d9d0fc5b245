import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pooledRandomBytes } from '../../src/api/pooled-random.ts'
import { toHex } from '../../src/bytes/index.ts'

const test = suite('pooledRandomBytes')

test('no 16 bytes come twice, over many refills', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 10_000; i++) seen.add(toHex(pooledRandomBytes(16)))
  assert.is(seen.size, 10_000)
})

test('it gives as many bytes as were asked for, few or many, and none of them wiped', () => {
  for (const length of [0, 1, 8, 255, 256, 257, 5000]) {
    for (let i = 0; i < 40; i++) {
      const bytes = pooledRandomBytes(length)
      assert.is(bytes.length, length)
      // 16 zeros by chance: once in 2^128.
      if (length >= 16) assert.ok(bytes.some((byte) => byte !== 0))
    }
  }
})

test('what was handed out is memory of its own', () => {
  const first = pooledRandomBytes(16)
  const second = pooledRandomBytes(16)
  const copy = toHex(second)
  first.fill(0xff)
  assert.is(toHex(second), copy)
  assert.is(first.buffer.byteLength, 16)
})

test.run()
