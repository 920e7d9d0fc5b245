import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import { ResetTokens } from '../../../src/quic/endpoint/reset-tokens.ts'
import type { Connection } from '../../../src/quic/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'

const test = suite('quic/endpoint/reset-tokens')

const A = { name: 'a' } as unknown as Connection
const B = { name: 'b' } as unknown as Connection
const create = (fill: number) =>
  new ResetTokens({
    crypto: nodeCrypto,
    randomBytes: (length) => new Uint8Array(length).fill(fill),
  })

test('an id of ours has one token of 16 bytes, which nobody can tell without the secret', () => {
  const id = new Uint8Array(8)
  const tokens = create(1)
  assert.is(tokens.of(id).length, 16)
  assert.equal(tokens.of(id), tokens.of(id.slice()))
  const others = [tokens.of(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)), create(2).of(id)]
  assert.is(new Set([tokens.of(id), ...others].map(toHex)).size, 3)
})

test("a peer's token leads to its connection as long as it is in use", () => {
  const tokens = create(1)
  const [first, second] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]
  tokens.add(first, A)
  tokens.add(second, B)
  assert.is(tokens.lookUp(first), A)
  assert.is(tokens.lookUp(second.slice()), B)
  assert.is(tokens.lookUp(new Uint8Array(16)), undefined)
  tokens.remove(first)
  assert.is(tokens.lookUp(first), undefined)
  assert.is(tokens.size, 1)
})

test.run()
