import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportError, TransportErrorCode } from '../../../src/quic/index.ts'
import { PacketType, writePing } from '../../../src/quic/wire/index.ts'
import { FROM_CLIENT, Pair, totalLength } from '../support/pair.ts'
import { frames, packetTypes, rawOneRtt, stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection')
const PING = frames(writePing, writePing, writePing, writePing)

/** How long closing and draining take: three probe timeouts. */
const PERIOD_MS = 60_000

test('a handshake takes one round trip, and both sides tell of it once', () => {
  const pair = Pair.connected()
  for (const side of [pair.client, pair.server]) {
    assert.is(side.eventsOf('handshakeComplete').length, 1)
    assert.is(side.eventsOf('handshakeConfirmed').length, 1)
  }
  assert.is(pair.now, 1000)
})

test('a server without the protocol of the client ends with no_application_protocol', () => {
  const pair = new Pair({ server: { alpn: ['other'] } })
  pair.settle()
  assert.is(pair.client.closeInfo?.errorCode, 0x178)
  assert.is(pair.client.closeInfo?.remote, true)
  assert.is(pair.server.closeInfo?.errorCode, 0x178)
})

test('a certificate that the client does not like ends with an alert that the server hears', () => {
  const verifyPeer = () => {
    throw new Error('no')
  }
  const pair = new Pair({ client: { verifyPeer } })
  pair.settle()
  assert.is(pair.client.closeInfo?.remote, false)
  assert.is.not(pair.server.closeInfo, undefined)
  assert.is(pair.server.closeInfo?.remote, true)
})

test('a close tells the peer code and reason, and both forget after their periods', () => {
  const pair = Pair.connected()
  pair.client.connection.close(77, 'bye')
  pair.settle()
  assert.equal(pair.server.closeInfo, {
    kind: 'application',
    errorCode: 77,
    reason: 'bye',
    remote: true,
  })
  assert.is(pair.client.endpoint.connectionCount, 1)
  pair.run(PERIOD_MS)
  assert.is(pair.client.endpoint.connectionCount, 0)
  assert.is(pair.server.endpoint.connectionCount, 0)
  assert.is(pair.nextTimeout, undefined)
})

test('a second close and a close after the end change nothing', () => {
  const pair = Pair.connected()
  pair.client.connection.close(1, 'first')
  pair.client.connection.close(2, 'second')
  pair.run(PERIOD_MS)
  pair.client.connection.close(3, 'third')
  pair.settle()
  assert.is(pair.client.eventsOf('closed').length, 1)
  assert.is(pair.server.closeInfo?.errorCode, 1)
})

test('the longest reason is cut, also in the middle of a character', () => {
  const pair = Pair.connected()
  pair.client.connection.close(1, 'ä'.repeat(10_000))
  pair.settle()
  const { reason } = pair.server.closeInfo!
  assert.ok(reason.length <= 512 && reason.startsWith('ä'.repeat(200)))
})

test('who closes answers the 1st, 2nd, 4th … packet that still comes; who was closed is silent', () => {
  const pair = Pair.connected()
  pair.client.connection.close(1, '')
  pair.flush(pair.client)
  let answers = 0
  for (let i = 0; i < 100; i++) {
    pair.deliver([rawOneRtt(pair.server.connection, PING)], 'toClient')
    answers += pair.flush(pair.client).length
  }
  assert.is(answers, 7)
  pair.deliver(pair.client.sent.slice(-1), 'toServer')
  assert.is(pair.server.closeInfo?.remote, true)
  for (let i = 0; i < 10; i++) pair.deliver([rawOneRtt(pair.client.connection, PING)], 'toServer')
  assert.equal(pair.flush(pair.server), [])
})

test('an application that closes before the handshake is over says nothing of itself', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.flush(pair.server)
  pair.server.connection.close(99, 'secret')
  const datagrams = pair.flush(pair.server)
  assert.is(datagrams.length, 1)
  assert.equal(packetTypes(datagrams[0]!).slice(0, 2), [PacketType.initial, PacketType.handshake])
  pair.deliver(datagrams, 'toClient')
  assert.is(pair.client.closeInfo?.kind, 'transport')
  assert.is(pair.client.closeInfo?.errorCode, TransportErrorCode.applicationError)
  assert.is(pair.client.closeInfo?.reason, '')
})

test('a client that closes at once says so in a full Initial', () => {
  const pair = new Pair()
  pair.client.connection.close(5, 'no')
  const datagrams = pair.flush(pair.client)
  assert.is(datagrams.length, 1)
  assert.is(datagrams[0]!.length, 1200)
  pair.deliver(datagrams, 'toServer')
  pair.run(PERIOD_MS)
  assert.is(pair.server.endpoint.connectionCount, 0)
})

test('a bug in one connection ends that one with INTERNAL_ERROR and no other', () => {
  const pair = Pair.connected()
  const other = pair.connect()
  pair.settle()
  const [broken, sound] = pair.server.connections
  stateOf(broken!).streams.onStreamData = () => {
    throw new TypeError('a bug')
  }
  for (const connection of [pair.client.connection, other]) {
    const id = connection.openStream('uni')!
    connection.write(id, Uint8Array.of(1), true)
  }
  pair.settle()
  const info = pair.server.closeInfo
  assert.is(info?.errorCode, TransportErrorCode.internalError)
  assert.is(info?.reason, 'internal error')
  assert.instance(info?.cause, TypeError)
  assert.is(pair.client.closeInfo?.errorCode, TransportErrorCode.internalError)
  assert.is(other.closed, false)
  assert.equal(sound!.read(2), Uint8Array.of(1))
})

test('a connection that can neither send nor say so is forgotten, and the others go on', () => {
  const pair = Pair.connected()
  const other = pair.connect()
  pair.settle()
  stateOf(pair.client.connection).handshake.oneRttKeys!.seal = () => {
    throw new Error('a bug')
  }
  pair.client.connection.ping()
  const id = other.openStream('uni')!
  other.write(id, Uint8Array.of(1), true)
  pair.settle()
  assert.is(pair.client.closeInfo?.errorCode, TransportErrorCode.internalError)
  assert.is(pair.client.endpoint.connectionCount, 1)
  assert.equal(pair.server.connections[1]!.read(2), Uint8Array.of(1))
})

test('what went wrong while sending is not blamed on the last frame that came', () => {
  const pair = Pair.connected()
  const keys = stateOf(pair.client.connection).handshake.oneRttKeys!
  const { seal } = keys
  keys.seal = () => {
    throw new TransportError(TransportErrorCode.aeadLimitReached, 'the keys are used up')
  }
  pair.deliver([rawOneRtt(pair.server.connection, PING)], 'toClient')
  pair.client.connection.ping()
  pair.flush(pair.client)
  keys.seal = seal
  assert.is(pair.client.closeInfo?.errorCode, TransportErrorCode.aeadLimitReached)
  assert.is(pair.client.connection['transmitter'].closeFrameType, 0)
})

test('after its end a connection takes every call and does nothing', () => {
  const pair = Pair.connected()
  const { connection } = pair.client
  const id = connection.openStream('bidi')!
  connection.close(0, '')
  assert.is(connection.openStream('bidi'), undefined)
  assert.is(connection.write(id, Uint8Array.of(1), true), true)
  assert.is(connection.read(id), undefined)
  connection.reset(id, 1)
  connection.stopSending(id, 1)
  connection.ping()
  pair.run(PERIOD_MS)
  connection.ping()
  assert.is(connection.nextTimeout(), undefined)
  assert.is(connection.isGone, true)
})

test('a server sends no more than three times what came from an address that is not proven', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  pair.deliver([first!], 'toServer')
  pair.filter = () => undefined
  pair.run(30_000)
  const { sent } = pair.server
  assert.ok(totalLength(sent) <= 3 * first!.length, `${totalLength(sent)}`)
  assert.ok(totalLength(sent) > first!.length)
})

test('bytes that mean nothing count for the limit, those from elsewhere do not', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.flush(pair.server)
  const { path, localIds } = stateOf(pair.server.connection)
  const garbage = Uint8Array.of(0x40, ...localIds.first, ...new Uint8Array(91))
  const before = path.budget
  pair.server.endpoint.receive(garbage, FROM_CLIENT, pair.now)
  assert.is(path.budget, before + 300)
  const elsewhere = { ...FROM_CLIENT, remote: { address: '10.9.9.9', port: 1 } }
  pair.server.endpoint.receive(garbage.slice(), elsewhere, pair.now)
  assert.is(path.budget, before + 300)
})

test('a client whose second flight is lost frees a server that may send no more', () => {
  // The server's flight is larger than its budget, and what the client answers at first is lost.
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const flight = pair.flush(pair.server)
  pair.deliver(flight.slice(0, 1), 'toClient')
  pair.flush(pair.client)
  stateOf(pair.server.connection).path.bytesSent = 3600
  pair.run(9000, () => pair.client.connection.handshakeConfirmed)
  assert.is(pair.client.connection.handshakeConfirmed, true)
})

test('keys are updated by either side, and data goes on', () => {
  for (const initiator of ['client', 'server'] as const) {
    const pair = Pair.connected()
    const keys = stateOf(pair[initiator].connection).handshake.oneRttKeys!
    for (let round = 1; round <= 3; round++) {
      pair[initiator].connection.ping()
      pair.run(30)
      assert.is(keys.canUpdate(pair.now), true, `${initiator}, round ${round}`)
      keys.initiateUpdate()
      const id = pair.client.connection.openStream('bidi')!
      pair.client.connection.write(id, Uint8Array.of(round), true)
      pair.settle()
      pair.server.connection.write(id, Uint8Array.of(round), true)
      pair.run(3000)
      assert.equal(pair.server.connection.read(id), Uint8Array.of(round))
      assert.equal(pair.client.connection.read(id), Uint8Array.of(round))
      const other = stateOf(pair[initiator === 'client' ? 'server' : 'client'].connection)
      assert.is(other.handshake.oneRttKeys!.writePhase, keys.writePhase)
    }
    assert.is(pair.client.closeInfo, undefined)
  }
})

test('a server that has lost its state resets the connection', () => {
  const pair = Pair.connected()
  const lost = stateOf(pair.server.connection)
  lost.localIds.discard()
  pair.client.connection.ping()
  const datagrams = pair.flush(pair.client)
  // The client's PING is small: a reset has to be smaller, and the server says nothing to less than 22 bytes.
  pair.deliver(
    [rawOneRtt(pair.client.connection, new Uint8Array(100).fill(1)), ...datagrams],
    'toServer',
  )
  pair.settle()
  assert.is(pair.client.closeInfo?.kind, 'statelessReset')
  assert.is(pair.client.endpoint.connectionCount, 0)
})

test('a reset with a wrong token, or from elsewhere, is nothing', () => {
  const pair = Pair.connected()
  stateOf(pair.server.connection).localIds.discard()
  pair.deliver([rawOneRtt(pair.client.connection, new Uint8Array(100).fill(1))], 'toServer')
  const [reset] = pair.flush(pair.server)
  const wrong = reset!.slice()
  wrong[wrong.length - 1]! ^= 1
  pair.deliver([wrong], 'toClient')
  const elsewhere = { remote: { address: '10.9.9.9', port: 1 }, local: FROM_CLIENT.remote }
  pair.client.endpoint.receive(reset!.slice(), { ...elsewhere, ecn: 0 }, pair.now)
  assert.is(pair.client.connection.closed, false)
  pair.deliver([reset!], 'toClient')
  assert.is(pair.client.closeInfo?.kind, 'statelessReset')
})

test('each side keeps four ids of the other, and retired ones are replaced', () => {
  const pair = Pair.connected()
  for (const side of [pair.client, pair.server]) {
    const { localIds } = stateOf(side.connection)
    for (let sequence = 0; sequence < 4; sequence++)
      assert.is.not(localIds.get(sequence), undefined)
    assert.is(localIds.get(4), undefined)
  }
  const ids = stateOf(pair.client.connection).remoteIds
  const before = ids.id
  ids.rotate()
  assert.not.equal(ids.id, before)
  pair.client.connection.ping()
  pair.settle()
  const { localIds } = stateOf(pair.server.connection)
  assert.is(localIds.get(0), undefined)
  assert.is.not(localIds.get(4), undefined)
  pair.run(1000)
  assert.is(pair.client.closeInfo, undefined)
})

test.run()
