import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, equalBytes, equalSecrets } from '../../src/bytes/index.ts'

const test = suite('compare')

for (const equal of [equalBytes, equalSecrets]) {
  test(`${equal.name} tells equal bytes from others`, () => {
    const bytes = Uint8Array.of(1, 2, 255)
    assert.ok(equal(bytes, Uint8Array.of(1, 2, 255)))
    assert.ok(equal(new Uint8Array(0), new Uint8Array(0)))
    assert.not(equal(bytes, Uint8Array.of(1, 2)))
    assert.not(equal(Uint8Array.of(1, 2), bytes))
    for (let at = 0; at < 3; at++)
      for (let bit = 0; bit < 8; bit++) {
        const other = bytes.slice()
        other[at]! ^= 1 << bit
        assert.not(equal(bytes, other))
      }
  })

  test(`${equal.name} compares views by what they show`, () => {
    const bytes = Uint8Array.of(9, 1, 2, 9)
    assert.ok(equal(bytes.subarray(1, 3), Uint8Array.of(1, 2)))
  })
}

test('differences that cancel out are still differences', () => {
  assert.not(equalSecrets(Uint8Array.of(1, 1), Uint8Array.of(0, 0)))
  assert.not(equalSecrets(Uint8Array.of(3, 5), Uint8Array.of(5, 3)))
})

test('pieces are joined in their order', () => {
  const joined = concatBytes([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])
  assert.equal(joined, Uint8Array.of(1, 2, 3))
  assert.equal(concatBytes([]), new Uint8Array(0))
})

test('what is joined is a copy', () => {
  const piece = Uint8Array.of(1)
  const joined = concatBytes([piece])
  piece[0] = 2
  assert.is(joined[0], 1)
})

test.run()
