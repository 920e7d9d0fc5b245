/** A14: packets for which there are no keys yet are kept, a few of them, for a moment. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_UNDECRYPTABLE_PACKETS, UNDECRYPTABLE_LIFETIME } from '../../src/quic/limits.ts'
import { FROM_CLIENT, Pair } from '../quic/support/pair.ts'
import { stateOf } from '../quic/support/raw-packets.ts'

const test = suite('attacks/undecryptable')

/** A server that has answered a first Initial and now gets short packets that it can't open. */
function hoarding(): Pair {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const { first } = stateOf(pair.server.connection).localIds
  const garbage = Uint8Array.of(0x40, ...first, ...new Uint8Array(1150))
  for (let i = 0; i < 100; i++) pair.server.endpoint.receive(garbage.slice(), FROM_CLIENT, pair.now)
  return pair
}

test('1-RTT packets of a handshake that does not go on are let go by a timer of their own', () => {
  const pair = hoarding()
  const { connection, endpoint } = pair.server
  const { stats, undecryptable } = stateOf(connection)
  assert.is(stats.packetsDropped, 100 - MAX_UNDECRYPTABLE_PACKETS)
  pair.filter = () => undefined
  pair.flush(pair.server)
  const begun = pair.now
  while (!undecryptable.isEmpty) {
    const at = endpoint.nextTimeout()
    assert.ok(at !== undefined && at <= begun + UNDECRYPTABLE_LIFETIME, 'a timer is set for it')
    pair.now = at
    endpoint.onTimeout(at)
    pair.flush(pair.server)
  }
  assert.is(pair.now, begun + UNDECRYPTABLE_LIFETIME)
  assert.is(stats.packetsDropped, 100)
})

test('what was kept for too long is not tried when the keys come, in time it is', () => {
  for (const late of [false, true]) {
    const pair = new Pair()
    pair.deliver(pair.flush(pair.client), 'toServer')
    pair.deliver(pair.flush(pair.server), 'toClient')
    const { connection: client } = pair.client
    const finished = pair.flush(pair.client)
    client.write(client.openStream('bidi')!, Uint8Array.of(7), true)
    pair.deliver(pair.flush(pair.client), 'toServer')
    const { connection: server } = pair.server
    assert.is(stateOf(server).undecryptable.isEmpty, false, 'the request came first')
    if (late) pair.now += UNDECRYPTABLE_LIFETIME
    pair.deliver(finished, 'toServer')
    assert.is(server.handshakeConfirmed, true)
    assert.equal(server.read(0), late ? undefined : Uint8Array.of(7))
  }
})

test.run()
