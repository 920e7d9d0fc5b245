/** A server that answers every client with a Retry first: the whole exchange, and what may go wrong in it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportErrorCode } from '../../src/quic/index.ts'
import { RETRY_TOKEN_LIFETIME } from '../../src/quic/limits.ts'
import { PacketType, type TransportParameters } from '../../src/quic/wire/index.ts'
import { World, type WorldOptions } from './sim-world.ts'
import {
  CLIENT,
  createEndpoint,
  datagramsOf,
  FROM_CLIENT,
  Pair,
  totalLength,
} from './support/pair.ts'
import { headerOf, stateOf } from './support/raw-packets.ts'

const test = suite('quic/sim: Retry')
const always = { serverOptions: { retry: 'always' } } as const
const delay = 20

function worldOf(link: WorldOptions['link'], options: Partial<WorldOptions> = {}): World {
  const serverEndpoint = { retry: 'always' } as const
  return new World({ seed: 1, link, total: 20_000, serverEndpoint, ...options })
}

/** A pair whose client has the Retry and has made its second Initial, which is not delivered yet. */
function retried(): { pair: Pair; first: Uint8Array; retry: Uint8Array; second: Uint8Array } {
  const pair = new Pair(always)
  const [first] = pair.flush(pair.client)
  pair.deliver([first!], 'toServer')
  const [retry] = pair.flush(pair.server)
  pair.deliver([retry!], 'toClient')
  const [second] = pair.flush(pair.client)
  return { pair, first: first!, retry: retry!, second: second! }
}

test('the handshake takes one round trip more, and the transport parameters tell why', () => {
  const plain = new World({ seed: 1, link: { delay }, total: 20_000 })
  plain.runToEnd(5000)
  const world = worldOf({ delay })
  const { connection } = world.client
  let parameters: TransportParameters | undefined
  const takeParameters = connection.onPeerParameters.bind(connection)
  connection.onPeerParameters = (theirs) => {
    parameters = theirs
    takeParameters(theirs)
  }
  world.runToEnd(5000)
  assert.is(world.failure, undefined)
  assert.is(Math.round(world.simulator.now - plain.simulator.now), 2 * delay)
  assert.is(parameters?.originalDestinationConnectionId?.length, 8)
  assert.is(parameters?.retrySourceConnectionId?.length, 8)
  const { stats } = world.serverEndpoint
  assert.equal([stats.accepted, stats.retriesSent, stats.tokensRefused], [1, 1, 0])
})

test('before the second Initial the server knows nothing, after it the address is validated', () => {
  const { pair, retry, second } = retried()
  const { endpoint } = pair.server
  assert.is(headerOf(retry).type, PacketType.retry)
  assert.is(endpoint.connectionCount, 0)
  assert.is(endpoint.nextTimeout(), undefined)
  pair.deliver([second], 'toServer')
  assert.is(endpoint.connectionCount, 1)
  // RFC 9000 §8.1: no limit of three times what came.
  assert.is(stateOf(pair.server.connection).path.budget, Number.POSITIVE_INFINITY)
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
})

for (const [direction, number, name] of [
  ['ba', 1, 'the Retry'],
  ['ab', 2, 'the second Initial'],
] as const) {
  test(`${name} may be lost`, () => {
    const lossy = { delay, drop: [number] }
    const link = direction === 'ab' ? { ab: lossy, ba: { delay } } : { ab: { delay }, ba: lossy }
    const world = worldOf(link, { trace: true })
    world.runToEnd(30_000)
    assert.is(world.failure, undefined)
    // A client without an answer sends two Initials (RFC 9002 §6.2.4), each worth a Retry.
    assert.is(world.serverEndpoint.stats.retriesSent, direction === 'ab' ? 1 : 3)
    assert.is(world.serverEndpoint.stats.accepted, 1)
    // One PTO, before there is an RTT: RFC 9002 §6.2.2.
    assert.ok(world.simulator.now - 1000 < 1300, `${world.simulator.now}`)
  })
}

test('everything arrives over networks that lose, double and reorder', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const bad = { delay, loss: 0.1, duplicate: 0.2, reorder: { rate: 0.2, delay: 30 } }
    const world = worldOf(bad, { seed })
    world.runToEnd(60_000)
    assert.is(world.failure, undefined, `seed ${seed}`)
    assert.is(world.serverEndpoint.stats.tokensRefused, 0, `seed ${seed}`)
  }
})

test('many clients at once are all served', () => {
  const world = worldOf({ delay }, { connections: 60, total: 1000 })
  world.runToEnd(30_000)
  assert.is(world.failure, undefined)
  assert.is(world.servers.length, 60)
  assert.is(world.serverEndpoint.stats.refused, 0)
})

test('the first Initial again, before and after the second, is answered with another Retry only', () => {
  const { pair, first, second } = retried()
  const { endpoint } = pair.server
  pair.deliver([first.slice()], 'toServer')
  pair.deliver([second, first.slice()], 'toServer')
  assert.is(endpoint.connectionCount, 1)
  const retries = pair.flush(pair.server).filter((d) => headerOf(d).type === PacketType.retry)
  assert.is(retries.length, 2)
  // RFC 9000 §17.2.5.2: a client takes one Retry.
  pair.deliver(retries, 'toClient')
  assert.equal(pair.flush(pair.client), [])
})

test('the second Initial twice, at once and late, is one connection', () => {
  const { pair, second } = retried()
  const { endpoint } = pair.server
  pair.deliver([second.slice(), second.slice()], 'toServer')
  assert.is(endpoint.connectionCount, 1)
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
  pair.deliver([second.slice()], 'toServer')
  assert.is(endpoint.connectionCount, 1)
  assert.is(endpoint.stats.accepted, 1)
})

test('when the connection is over its routes are gone', () => {
  const { pair, second } = retried()
  pair.deliver([second], 'toServer')
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
  pair.client.connection.close(0, '')
  pair.run(60_000)
  assert.is(pair.server.endpoint.connectionCount, 0)
  assert.is(pair.server.endpoint['router'].size, 0)
  assert.is(pair.server.endpoint.nextTimeout(), undefined)
})

test('a client that is too late hears INVALID_TOKEN at once', () => {
  const { pair, second } = retried()
  pair.now += RETRY_TOKEN_LIFETIME + 1
  pair.deliver([second], 'toServer')
  assert.is(pair.server.endpoint.connectionCount, 0)
  pair.deliver(pair.flush(pair.server), 'toClient')
  const info = pair.client.closeInfo
  assert.is(info?.kind, 'transport')
  assert.is(info?.errorCode, TransportErrorCode.invalidToken)
  assert.is(info?.remote, true)
})

test('the second Initial from another address or port begins nothing', () => {
  for (const remote of [
    { ...CLIENT, port: CLIENT.port + 1 },
    { ...CLIENT, address: '10.0.0.2' },
  ]) {
    const { pair, second } = retried()
    const { endpoint } = pair.server
    endpoint.receive(second, { ...FROM_CLIENT, remote }, pair.now)
    assert.is(endpoint.connectionCount, 0)
    assert.is(endpoint.stats.tokensRefused, 1)
    const answers = datagramsOf(endpoint, pair.now)
    assert.is(headerOf(answers[0]!).type, PacketType.initial)
    assert.ok(totalLength(answers) < 150)
  }
})

test('a server that was started anew refuses the tokens of before; one with the same secret takes them', () => {
  const secret = new Uint8Array(32).fill(4)
  for (const isShared of [false, true]) {
    const sharedTokens = { secret, unixTime: () => 1_790_000_000_000 }
    const retry = 'always'
    const pair = new Pair({ serverOptions: isShared ? { retry, sharedTokens } : { retry } })
    pair.exchange()
    const other = createEndpoint(77, isShared ? { retry, sharedTokens } : { retry })
    other.listen({ alpn: ['test'], selectIdentity: () => undefined })
    const [second] = pair.flush(pair.client)
    other.receive(second!, FROM_CLIENT, pair.now)
    assert.is(other.stats.tokensRefused, isShared ? 0 : 1)
    assert.is(other.stats.accepted, isShared ? 1 : 0)
    pair.deliver(datagramsOf(other, pair.now), 'toClient')
    // In the first case the token, in the other no certificate: unrecognized_name (RFC 9846 §6.2).
    const { invalidToken, cryptoError } = TransportErrorCode
    assert.is(pair.client.closeInfo?.errorCode, isShared ? cryptoError + 112 : invalidToken)
  }
})

test.run()
