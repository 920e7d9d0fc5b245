import { createDecipheriv, createHmac } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RETRY_TOKEN_LENGTH, RetryTokens } from '../../../src/quic/endpoint/retry-token.ts'
import type { SocketAddress } from '../../../src/quic/index.ts'
import {
  MAX_RETRY_TOKEN,
  RETRY_TOKEN_CLOCK_SKEW,
  RETRY_TOKEN_LIFETIME,
} from '../../../src/quic/limits.ts'
import { Random } from '../../../src/sim/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { CLIENT } from '../support/pair.ts'

const test = suite('quic/endpoint/retry-token')
const SECRET = new Uint8Array(32).fill(9)
const SOURCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const ORIGINAL = new Uint8Array(20).map((_, i) => 0xa0 + i)
/** Above 2^32 ms, as Unix time is. */
const NOW = 1_790_000_000_123

function tokensOf(secret: Uint8Array = SECRET, seed = 1): RetryTokens {
  const random = new Random(seed)
  return new RetryTokens(nodeCrypto, (length) => random.randomBytes(length), secret)
}

function sealed(original: Uint8Array = ORIGINAL): Uint8Array {
  return tokensOf().seal(CLIENT, SOURCE, original, NOW)
}

test('a token gives back the id that the client chose first, of whatever length', () => {
  for (let length = 8; length <= 20; length++) {
    const original = ORIGINAL.subarray(0, length)
    const token = sealed(original)
    assert.is(token.length, RETRY_TOKEN_LENGTH)
    assert.equal(tokensOf().open(token, CLIENT, SOURCE, NOW), original)
  }
  assert.ok(RETRY_TOKEN_LENGTH <= MAX_RETRY_TOKEN)
})

test('two tokens for the same client have nothing in common but their type', () => {
  const tokens = tokensOf()
  const [a, b] = [1, 2].map(() => tokens.seal(CLIENT, SOURCE, ORIGINAL, NOW))
  assert.is(a![0], b![0])
  assert.ok(a!.filter((byte, i) => byte === b![i]).length < 10)
})

test('a token is sealed with AES-GCM under a key of its own', () => {
  const token = sealed()
  const material = createHmac('sha256', SECRET)
    .update('tsquic retry token')
    .update(token.subarray(1, 17))
    .digest()
  const opener = createDecipheriv(
    'aes-128-gcm',
    material.subarray(0, 16),
    material.subarray(16, 28),
  )
  opener.setAAD(Buffer.concat([Buffer.of(1, 8, ...SOURCE, 0x9c, 0x40), Buffer.from('10.0.0.1')]))
  opener.setAuthTag(token.subarray(-16))
  const content = Buffer.concat([opener.update(token.subarray(17, -16)), opener.final()])
  assert.is(Number(content.readBigUInt64BE(0)), NOW)
  assert.equal(content.subarray(8), Buffer.of(20, ...ORIGINAL))
})

test('a token is good until it expires, and no longer', () => {
  const tokens = tokensOf()
  const token = sealed()
  assert.equal(tokens.open(token, CLIENT, SOURCE, NOW + RETRY_TOKEN_LIFETIME), ORIGINAL)
  assert.is(tokens.open(token, CLIENT, SOURCE, NOW + RETRY_TOKEN_LIFETIME + 1), 'invalid')
  assert.is(tokens.open(token, CLIENT, SOURCE, NOW + 2 ** 40), 'invalid')
})

test('a clock that is a little behind takes the token of another, one far behind does not', () => {
  const tokens = tokensOf()
  const token = sealed()
  assert.equal(tokens.open(token, CLIENT, SOURCE, NOW - RETRY_TOKEN_CLOCK_SKEW), ORIGINAL)
  assert.is(tokens.open(token, CLIENT, SOURCE, NOW - RETRY_TOKEN_CLOCK_SKEW - 1), 'invalid')
})

test('a token is invalid from another address or port, and to another connection id', () => {
  const tokens = tokensOf()
  const token = sealed()
  const others: SocketAddress[] = [
    { ...CLIENT, address: '10.0.0.2' },
    { ...CLIENT, address: '10.0.0.11' },
    { ...CLIENT, address: '::1' },
    { ...CLIENT, port: CLIENT.port + 1 },
  ]
  for (const other of others) assert.is(tokens.open(token, other, SOURCE, NOW), 'invalid')
  for (const id of [ORIGINAL, SOURCE.subarray(0, 7), new Uint8Array(0)]) {
    assert.is(tokens.open(token, CLIENT, id, NOW), 'invalid')
  }
})

test('an IPv4 client is the same to a socket of both families', () => {
  const mapped = { ...CLIENT, address: `::ffff:${CLIENT.address}` }
  assert.equal(tokensOf().open(sealed(), mapped, SOURCE, NOW), ORIGINAL)
})

test('endpoints with the same secret take each other’s tokens, others do not', () => {
  assert.equal(tokensOf(SECRET, 2).open(sealed(), CLIENT, SOURCE, NOW), ORIGINAL)
  const other = tokensOf(new Uint8Array(32).fill(8))
  assert.is(other.open(sealed(), CLIENT, SOURCE, NOW), 'invalid')
})

test('a token with any one bit changed is invalid, or no Retry token', () => {
  const tokens = tokensOf()
  const token = sealed()
  for (let bit = 0; bit < token.length * 8; bit++) {
    const forged = token.slice()
    forged[bit >> 3]! ^= 1 << (bit & 7)
    const expected = bit < 8 ? 'none' : 'invalid'
    assert.is(tokens.open(forged, CLIENT, SOURCE, NOW), expected, `bit ${bit}`)
  }
})

test('tokens of any other length, or that begin otherwise, are not taken for Retry tokens', () => {
  const tokens = tokensOf()
  const token = sealed()
  const random = new Random(3)
  for (let length = 0; length < 1100; length += length < 70 ? 1 : 97) {
    const other = random.randomBytes(length)
    other.set(token.subarray(0, Math.min(length, token.length)))
    if (length === token.length) other[0] = 0x02
    assert.is(tokens.open(other, CLIENT, SOURCE, NOW), 'none', `${length} bytes`)
  }
})

test.run()
