/** A72: what ends in a token ends a connection only where the peer gave the token for the id in use. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FROM_CLIENT, FROM_SERVER, Pair } from '../quic/support/pair.ts'
import { stateOf } from '../quic/support/raw-packets.ts'

const test = suite('attacks/stateless reset')

/** A short packet to `id` with nothing in it but what ends it. */
function packet(id: Uint8Array, token: Uint8Array, length = 60): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x5a)
  bytes[0] = 0x41
  bytes.set(id, 1)
  bytes.set(token, length - token.length)
  return bytes
}

/** The tokens that the server's ids have, the first of which its client uses. */
function tokensOf(pair: Pair): Uint8Array[] {
  const { localIds } = stateOf(pair.server.connection)
  return [0, 1, 2, 3].map((sequence) => localIds.resetToken(localIds.get(sequence)!))
}

test('our own token, sent back to us, is nothing', () => {
  const pair = Pair.connected()
  const { first } = stateOf(pair.server.connection).localIds
  for (const token of tokensOf(pair)) {
    pair.server.endpoint.receive(packet(first, token), FROM_CLIENT, pair.now)
    pair.server.endpoint.receive(packet(new Uint8Array(8), token), FROM_CLIENT, pair.now)
  }
  assert.is(pair.server.connection.closed, false)
})

test('tokens of ids that are not in use are nothing, whatever id they come with', () => {
  const pair = Pair.connected()
  const { first } = stateOf(pair.client.connection).localIds
  const [used, ...unused] = tokensOf(pair)
  for (const token of unused)
    for (const id of [first, new Uint8Array(8).fill(9)])
      pair.client.endpoint.receive(packet(id, token), FROM_SERVER, pair.now)
  assert.is(pair.client.connection.closed, false)
  const almost = used!.slice()
  for (let bit = 0; bit < 128; bit++) {
    almost[bit >> 3]! ^= 1 << (bit & 7)
    pair.client.endpoint.receive(packet(first, almost), FROM_SERVER, pair.now)
    almost[bit >> 3]! ^= 1 << (bit & 7)
  }
  assert.is(pair.client.connection.closed, false)
  pair.client.endpoint.receive(packet(first, used!, 21), FROM_SERVER, pair.now)
  assert.is(pair.client.connection.closed, true, 'the right one ends it')
})

test('a token of another connection is nothing', () => {
  const pair = Pair.connected()
  const other = pair.connect()
  pair.settle()
  const [token] = tokensOf(pair)
  const { first } = stateOf(other).localIds
  pair.client.endpoint.receive(packet(first, token!), FROM_SERVER, pair.now)
  assert.is(other.closed, false)
  assert.is(pair.client.connection.closed, false)
})

test.run()
