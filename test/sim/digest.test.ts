import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Digest } from '../../src/sim/digest.ts'

const test = suite('sim/digest')

function digestOf(...parts: (Uint8Array | number | string)[]): string {
  const digest = new Digest()
  for (const part of parts) {
    if (typeof part === 'number') digest.number(part)
    else if (typeof part === 'string') digest.text(part)
    else digest.bytes(part)
  }
  return digest.hex()
}

test('equal input gives an equal digest of sixteen hex digits', () => {
  assert.is(
    digestOf(Uint8Array.of(1, 2, 3), 4, 'five'),
    digestOf(Uint8Array.of(1, 2, 3), 4, 'five'),
  )
  assert.match(digestOf(), /^[0-9a-f]{16}$/)
})

test('every bit of input, its order and its borders matter', () => {
  const bytes = new Uint8Array(64)
  const seen = new Set([digestOf(bytes)])
  for (let bit = 0; bit < 512; bit++) {
    const changed = bytes.slice()
    changed[bit >>> 3] = 1 << (bit & 7)
    seen.add(digestOf(changed))
  }
  assert.is(seen.size, 513)
  assert.is.not(digestOf(Uint8Array.of(1), Uint8Array.of(2)), digestOf(Uint8Array.of(1, 2)))
  assert.is.not(digestOf(new Uint8Array(3)), digestOf(new Uint8Array(4)))
  assert.is.not(digestOf('ab', 'c'), digestOf('a', 'bc'))
})

test('numbers that differ in the last bit of their fraction differ', () => {
  assert.is.not(digestOf(0.1 + 0.2), digestOf(0.3))
})

test.run()
