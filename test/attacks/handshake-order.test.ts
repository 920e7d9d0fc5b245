/** A10, A39, A77, A83: what comes at the wrong time or in the wrong direction is no reason to stumble. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { defaultH3Options } from '../../src/h3/options.ts'
import { defaultTransportConfig, TransportErrorCode } from '../../src/quic/index.ts'
import {
  createEndpoint,
  datagramsOf,
  FROM_CLIENT,
  Pair,
  serverConfig,
} from '../quic/support/pair.ts'
import { rawHandshake } from '../quic/support/raw-packets.ts'

const test = suite('attacks/handshake order')

test('an ACK in a Handshake packet after its keys are gone does nothing', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.deliver(pair.flush(pair.server), 'toClient')
  const ack = Uint8Array.of(0x02, 0, 0, 0, 0)
  const late = rawHandshake(pair.client.connection, ack)
  // Of a packet that the server never sent, as well.
  const lie = rawHandshake(pair.client.connection, Uint8Array.of(0x02, 0x3f, 0, 0, 0))
  pair.settle()
  const { packetsDropped } = pair.server.connection.stats
  pair.deliver([late, lie, concatBytes([late, lie])], 'toServer')
  assert.is(pair.server.connection.stats.packetsDropped, packetsDropped + 4)
  assert.is(pair.server.closeInfo, undefined)
})

test('an ACK in a Handshake packet of what was never sent is a PROTOCOL_VIOLATION while there are keys', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.deliver(pair.flush(pair.server), 'toClient')
  const lie = rawHandshake(pair.client.connection, Uint8Array.of(0x02, 0x3f, 0, 0, 0))
  pair.deliver([lie], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, TransportErrorCode.protocolViolation)
})

test('Version Negotiation and Retry that come to a server are not answered', () => {
  const endpoint = createEndpoint(3)
  endpoint.listen(serverConfig)
  const id = [8, 1, 2, 3, 4, 5, 6, 7, 8]
  const negotiation = Uint8Array.of(
    0xc0,
    0,
    0,
    0,
    0,
    ...id,
    ...id,
    ...new Uint8Array(1200).fill(0x1a),
  )
  const retry = Uint8Array.of(0xf0, 0, 0, 0, 1, ...id, ...id, ...new Uint8Array(1200))
  for (const datagram of [negotiation, retry]) endpoint.receive(datagram, FROM_CLIENT, 1000)
  assert.equal(datagramsOf(endpoint, 1000), [])
  assert.is(endpoint.connectionCount, 0)
})

test('an idle timeout that no clock reaches makes no timer that is due', () => {
  const pair = Pair.connected({
    client: { transport: { maxIdleTimeout: Number.MAX_SAFE_INTEGER } },
    server: { transport: { maxIdleTimeout: 0 } },
  })
  // Whatever else was to be done.
  pair.run(60_000)
  for (const side of [pair.client, pair.server]) {
    const at = side.endpoint.nextTimeout()
    assert.ok(at === undefined || at > pair.now + 2 ** 40, `${at}`)
  }
  pair.run(2 ** 32)
  assert.is(pair.client.closeInfo, undefined)
  assert.is(pair.server.closeInfo, undefined)
})

test('what is taken where nothing is set can be changed by nobody', () => {
  assert.ok(Object.isFrozen(defaultTransportConfig))
  assert.ok(Object.isFrozen(defaultH3Options))
})

test.run()
