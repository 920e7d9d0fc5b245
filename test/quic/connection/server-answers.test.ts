import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportErrorCode } from '../../../src/quic/index.ts'
import { MAX_RETRY_TOKEN } from '../../../src/quic/limits.ts'
import { VERSION_1, writeRetry, writeVersionNegotiation } from '../../../src/quic/wire/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { Pair } from '../support/pair.ts'
import { headerOf, openInitial } from '../support/raw-packets.ts'

const test = suite('quic/connection/server-answers')
const RETRY_SOURCE = new Uint8Array(12).fill(0x55)
const OTHER_VERSION = 0x6b3343cf

/** A client whose first flight is on its way. */
function begun() {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const { destinationConnectionId: original, sourceConnectionId: source } = headerOf(first!)
  return { pair, first: first!, original, source }
}

interface RetryParts {
  readonly source?: Uint8Array
  readonly destination?: Uint8Array
  readonly original?: Uint8Array
  readonly token?: Uint8Array
}

function retryFor(client: ReturnType<typeof begun>, parts: RetryParts = {}): Uint8Array {
  const out = new Uint8Array(2000)
  const length = writeRetry(
    nodeCrypto,
    out,
    VERSION_1,
    parts.destination ?? client.source,
    parts.source ?? RETRY_SOURCE,
    parts.token ?? Uint8Array.of(1, 2, 3),
    parts.original ?? client.original,
    0,
  )
  return out.slice(0, length)
}

function negotiationFor(client: ReturnType<typeof begun>, versions: number[], source?: Uint8Array) {
  const out = new Uint8Array(1200)
  const length = writeVersionNegotiation(out, client.source, source ?? client.original, versions, 0)
  return out.slice(0, length)
}

test('a Retry makes the client begin again with the token, to the new id, under its keys', () => {
  const client = begun()
  const { pair, original } = client
  const hello = openInitial('client', original, client.first)
  pair.deliver([retryFor(client)], 'toClient')
  const again = pair.flush(pair.client)
  assert.is(again.length, 1)
  assert.is(again[0]!.length, 1200)
  const header = headerOf(again[0]!)
  assert.equal(header.token, Uint8Array.of(1, 2, 3))
  assert.equal(header.destinationConnectionId, RETRY_SOURCE)
  assert.equal(header.sourceConnectionId, client.source)
  const payload = openInitial('client', RETRY_SOURCE, again[0]!)
  assert.equal(payload.subarray(0, 300), hello.subarray(0, 300), 'the same ClientHello')
})

test('a Retry that is forged, for another, from the same id, or without a token is dropped', () => {
  const client = begun()
  const forged = retryFor(client)
  forged[forged.length - 1]! ^= 1
  const bad = [
    forged,
    retryFor(client, { original: RETRY_SOURCE }),
    retryFor(client, { source: client.original }),
    retryFor(client, { token: new Uint8Array(0) }),
    retryFor(client, { destination: RETRY_SOURCE }),
    retryFor(client).subarray(0, 40),
    retryFor(client).subarray(0, 16),
  ]
  client.pair.deliver(bad, 'toClient')
  assert.equal(client.pair.flush(client.pair.client), [])
})

test('a second Retry is dropped', () => {
  const client = begun()
  const { pair } = client
  pair.deliver([retryFor(client)], 'toClient')
  pair.flush(pair.client)
  pair.deliver([retryFor(client, { source: new Uint8Array(8) })], 'toClient')
  pair.deliver(
    [retryFor(client, { original: RETRY_SOURCE, source: new Uint8Array(8) })],
    'toClient',
  )
  assert.equal(pair.flush(pair.client), [])
})

test('a Retry after a packet of the server is dropped', () => {
  const client = begun()
  const { pair } = client
  pair.deliver([client.first], 'toServer')
  pair.deliver([pair.flush(pair.server)[0]!], 'toClient')
  pair.deliver([retryFor(client)], 'toClient')
  pair.settle()
  assert.is(pair.client.connection.handshakeConfirmed, true)
})

test('a token that leaves no room for a ClientHello is not taken', () => {
  const client = begun()
  const { pair } = client
  for (const length of [MAX_RETRY_TOKEN + 1, 1150, 1900])
    pair.deliver([retryFor(client, { token: new Uint8Array(length) })], 'toClient')
  assert.equal(pair.flush(pair.client), [])
  pair.deliver([retryFor(client, { token: new Uint8Array(MAX_RETRY_TOKEN) })], 'toClient')
  assert.is(headerOf(pair.flush(pair.client)[0]!).token.length, MAX_RETRY_TOKEN)
})

test('a server that does not own up to a Retry is refused by the client', () => {
  const client = begun()
  const { pair } = client
  pair.deliver([retryFor(client)], 'toClient')
  pair.settle()
  assert.is(pair.client.closeInfo?.errorCode, TransportErrorCode.transportParameterError)
  assert.is(pair.client.closeInfo?.remote, false)
})

test('Version Negotiation without our version ends the attempt', () => {
  const client = begun()
  const { pair } = client
  pair.deliver([negotiationFor(client, [OTHER_VERSION])], 'toClient')
  assert.is(pair.client.closeInfo?.kind, 'versionNegotiation')
  assert.match(pair.client.closeInfo!.reason, '0x6b3343cf')
  assert.equal(pair.flush(pair.client), [])
  assert.is(pair.client.endpoint.connectionCount, 0)
})

test('Version Negotiation that lists our version, has other ids, or is broken is dropped', () => {
  const client = begun()
  const { pair } = client
  const good = negotiationFor(client, [OTHER_VERSION])
  pair.deliver(
    [
      negotiationFor(client, [OTHER_VERSION, VERSION_1]),
      negotiationFor(client, [OTHER_VERSION], RETRY_SOURCE),
      negotiationFor(client, []),
      good.subarray(0, good.length - 1),
    ],
    'toClient',
  )
  assert.is(pair.client.closeInfo, undefined)
})

test('Version Negotiation after a Retry or a packet of the server is dropped', () => {
  const retried = begun()
  retried.pair.deliver([retryFor(retried)], 'toClient')
  retried.pair.deliver([negotiationFor(retried, [OTHER_VERSION], RETRY_SOURCE)], 'toClient')
  assert.is(retried.pair.client.closeInfo, undefined)
  const client = begun()
  const { pair } = client
  pair.deliver([client.first], 'toServer')
  const [answer] = pair.flush(pair.server)
  pair.deliver([answer!], 'toClient')
  const serverId = headerOf(answer!).sourceConnectionId
  pair.deliver([negotiationFor(client, [OTHER_VERSION])], 'toClient')
  pair.deliver([negotiationFor(client, [OTHER_VERSION], serverId)], 'toClient')
  assert.is(pair.client.closeInfo, undefined)
})

test.run()
