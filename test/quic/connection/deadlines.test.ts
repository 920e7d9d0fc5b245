import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Pair } from '../support/pair.ts'
import { stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection/deadlines')

test('a connection without traffic ends after the lower of both idle timeouts, without a word', () => {
  const pair = Pair.connected({
    client: { transport: { maxIdleTimeout: 5000 } },
    server: { transport: { maxIdleTimeout: 20_000 } },
  })
  pair.run(4999)
  const sent = pair.client.sent.length + pair.server.sent.length
  assert.is(pair.client.closeInfo, undefined)
  pair.run(50)
  assert.is(pair.client.closeInfo?.kind, 'idleTimeout')
  assert.is(pair.server.closeInfo?.kind, 'idleTimeout')
  assert.is(pair.client.sent.length + pair.server.sent.length, sent)
  assert.is(pair.client.endpoint.connectionCount + pair.server.endpoint.connectionCount, 0)
  assert.is(pair.nextTimeout, undefined)
})

test('no idle timeout on either side: the connection stays', () => {
  const pair = Pair.connected({ transport: { maxIdleTimeout: 0 } })
  pair.run(1e9)
  assert.is(pair.client.closeInfo, undefined)
  assert.is(pair.nextTimeout, undefined)
})

test('an idle timeout of one side counts for both', () => {
  const pair = Pair.connected({
    client: { transport: { maxIdleTimeout: 0 } },
    server: { transport: { maxIdleTimeout: 3000 } },
  })
  pair.run(3100)
  assert.is(pair.client.closeInfo?.kind, 'idleTimeout')
})

test('an idle timeout is at least three probe timeouts', () => {
  const pair = Pair.connected({ transport: { maxIdleTimeout: 1 } })
  const { rtt, peerMaxAckDelay } = stateOf(pair.client.connection).recovery
  const least = 3 * (rtt.probeTimeout() + peerMaxAckDelay)
  pair.run(least - 1)
  assert.is(pair.client.closeInfo, undefined)
})

test('keep-alive keeps a connection alive', () => {
  const pair = Pair.connected({
    transport: { maxIdleTimeout: 5000 },
    client: { transport: { maxIdleTimeout: 5000, keepAliveInterval: 2000 } },
  })
  const before = pair.client.sent.length
  pair.run(60_000)
  assert.is(pair.client.closeInfo, undefined)
  const pings = pair.client.sent.length - before
  assert.ok(pings >= 25 && pings <= 35, `${pings} datagrams in a minute`)
})

test('a connection can be kept alive for a while, by the lower of both idle timeouts', () => {
  const pair = Pair.connected({
    transport: { maxIdleTimeout: 5000 },
    server: { transport: { maxIdleTimeout: 3000 } },
  })
  pair.client.connection.keepAlive(true)
  pair.run(60_000)
  assert.is(pair.client.closeInfo, undefined)
  assert.is(pair.server.closeInfo, undefined)
  pair.client.connection.keepAlive(false)
  pair.run(3100)
  assert.is(pair.client.closeInfo?.kind, 'idleTimeout')
})

test('keep-alive does not save a connection whose peer is gone', () => {
  const pair = Pair.connected({ transport: { maxIdleTimeout: 5000, keepAliveInterval: 1000 } })
  pair.filter = () => undefined
  pair.run(60_000)
  assert.is(pair.client.closeInfo?.kind, 'idleTimeout')
  assert.is(pair.server.closeInfo?.kind, 'idleTimeout')
})

test('a handshake without an answer ends at its deadline, and its attempts get rarer', () => {
  const pair = new Pair({ client: { transport: { handshakeTimeout: 8000 } } })
  pair.filter = () => undefined
  pair.run(7999)
  assert.is(pair.client.closeInfo, undefined)
  assert.ok(pair.client.sent.length >= 4 && pair.client.sent.length <= 16)
  pair.run(2)
  assert.is(pair.client.closeInfo?.kind, 'handshakeTimeout')
  assert.is(pair.client.endpoint.connectionCount, 0)
})

test('a server gives up a handshake that its client does not finish', () => {
  const pair = new Pair({ server: { transport: { handshakeTimeout: 3000 } } })
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.filter = () => undefined
  assert.is(pair.server.endpoint.connectionCount, 1)
  pair.run(3001)
  assert.is(pair.server.endpoint.connectionCount, 0)
})

test('an acknowledgment is due two milliseconds before what we announce, for timers are late', () => {
  const pair = Pair.connected()
  pair.run(1000)
  pair.client.connection.ping()
  pair.deliver(pair.flush(pair.client), 'toServer')
  assert.equal(pair.flush(pair.server), [])
  const sentAt = pair.now
  const { peerMaxAckDelay } = stateOf(pair.client.connection).recovery
  assert.is(peerMaxAckDelay, 25)
  pair.now = sentAt + peerMaxAckDelay - 3
  assert.equal(pair.flush(pair.server), [])
  pair.now = sentAt + peerMaxAckDelay - 2
  assert.is(pair.server.endpoint.nextTimeout(), pair.now)
  pair.server.endpoint.onTimeout(pair.now)
  assert.is(pair.flush(pair.server).length, 1)
})

test('the smallest round trip does not make timers spin', () => {
  const pair = Pair.connected({ transport: { initialRtt: 0.001 } })
  const id = pair.client.connection.openStream('bidi')!
  pair.client.connection.write(id, new Uint8Array(100_000), true)
  let lost = 0
  pair.filter = (datagram) => (++lost % 3 === 0 ? undefined : datagram)
  pair.run(20_000, () => pair.server.connection.stats.bytesReceived > 100_000)
  assert.ok(pair.server.connection.stats.bytesReceived > 100_000)
})

test.run()
