import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, type Writer } from '../../src/bytes/index.ts'
import { TransportErrorCode } from '../../src/quic/index.ts'
import { MAX_STREAM_GAPS } from '../../src/quic/limits.ts'
import {
  writeConnectionClose,
  writeCryptoHeader,
  writeDataBlocked,
  writeHandshakeDone,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writeNewConnectionId,
  writeNewToken,
  writePathChallenge,
  writePathResponse,
  writePing,
  writeResetStream,
  writeRetireConnectionId,
  writeStopSending,
  writeStreamDataBlocked,
  writeStreamHeader,
  writeStreamsBlocked,
} from '../../src/quic/wire/index.ts'
import { Pair } from '../quic/support/pair.ts'
import {
  frames,
  headerOf,
  rawHandshake,
  rawInitial,
  rawOneRtt,
  stateOf,
} from '../quic/support/raw-packets.ts'

/** Frames that an authenticated peer must not send, and how the connection ends. */
const test = suite('attacks/frames')
const code = TransportErrorCode

type Write = (writer: Writer) => void

/** The code with which a server closes when its client sends these frames after the handshake. */
function closeOf(...writes: Write[]): number | undefined {
  const pair = Pair.connected()
  pair.deliver([rawOneRtt(pair.client.connection, pad(frames(...writes)))], 'toServer')
  return closed(pair)
}

function closeOfBytes(...bytes: number[]): number | undefined {
  const pair = Pair.connected()
  pair.deliver([rawOneRtt(pair.client.connection, Uint8Array.from(bytes))], 'toServer')
  return closed(pair)
}

function closed(pair: Pair): number | undefined {
  const info = pair.server.closeInfo
  if (info === undefined) return undefined
  assert.is(info.remote, false)
  // The client hears of it, and of the same code.
  pair.settle()
  assert.is(pair.client.closeInfo?.errorCode, info.errorCode)
  return info.errorCode
}

/** Enough bytes for header protection to sample. */
const pad = (payload: Uint8Array) => concatBytes([payload, new Uint8Array(4)])

const bytes = (writer: Writer, length: number) => writer.put(new Uint8Array(length))
const stream = (id: number, offset: number, length: number, fin = false): Write => {
  return (writer) => {
    writeStreamHeader(writer, id, offset, length, fin)
    bytes(writer, length)
  }
}

test('an unknown frame type is a FRAME_ENCODING_ERROR, a long form of a known one a PROTOCOL_VIOLATION', () => {
  assert.is(closeOfBytes(0x1f, 0, 0, 0), code.frameEncodingError)
  assert.is(closeOfBytes(0x40, 0x60, 0, 0), code.frameEncodingError)
  assert.is(closeOfBytes(0x40, 0x01, 0, 0), code.protocolViolation)
})

test('a server takes no HANDSHAKE_DONE and no NEW_TOKEN', () => {
  assert.is(closeOf(writeHandshakeDone), code.protocolViolation)
  assert.is(
    closeOf((writer) => writeNewToken(writer, Uint8Array.of(1))),
    code.protocolViolation,
  )
})

test('frames of the application are not permitted in Initial and Handshake packets', () => {
  for (const frame of [stream(0, 0, 1), writeHandshakeDone, (w: Writer) => writeMaxData(w, 1)]) {
    const initial = new Pair()
    const [first] = initial.flush(initial.client)
    const { destinationConnectionId: original, sourceConnectionId: source } = headerOf(first!)
    const ids = { original, destination: original, source }
    initial.deliver([rawInitial('client', ids, 0, frames(frame))], 'toServer')
    assert.is(initial.server.closeInfo?.errorCode, code.protocolViolation)

    const handshake = new Pair()
    handshake.deliver(handshake.flush(handshake.client), 'toServer')
    handshake.deliver(handshake.flush(handshake.server), 'toClient')
    const datagram = rawHandshake(handshake.client.connection, pad(frames(frame)))
    handshake.deliver([datagram], 'toServer')
    assert.is(handshake.server.closeInfo?.errorCode, code.protocolViolation)
  }
})

test('a packet without frames is a PROTOCOL_VIOLATION, one of nothing but PADDING is fine', () => {
  const pair = Pair.connected()
  // Four bytes of packet number and none of payload are enough to be sampled.
  pair.deliver([rawOneRtt(pair.client.connection, new Uint8Array(0))], 'toServer')
  assert.is(closed(pair), code.protocolViolation)
  assert.is(closeOfBytes(0, 0, 0, 0), undefined)
})

test('an ACK with more ranges than bytes, or ranges below zero, is a FRAME_ENCODING_ERROR', () => {
  assert.is(closeOfBytes(0x02, 3, 0, 0xc0, 0, 1, 0, 0, 0, 0, 0, 0), code.frameEncodingError)
  assert.is(closeOfBytes(0x02, 3, 0, 0, 4), code.frameEncodingError)
  assert.is(closeOfBytes(0x02, 3, 0, 1, 0, 5, 0), code.frameEncodingError)
})

test('an ACK of a packet that was never sent, or left out, is a PROTOCOL_VIOLATION', () => {
  assert.is(closeOfBytes(0x02, 0x40, 0xff, 0, 0, 0), code.protocolViolation)
  const pair = Pair.connected()
  const sent = stateOf(pair.server.connection).recovery.sent(2)
  const skipped = sent.nextPacketNumber
  sent.skip()
  for (let i = 0; i < 3; i++) {
    pair.server.connection.ping()
    pair.exchange()
  }
  const ack = Uint8Array.of(0x02, skipped + 1, 0, 0, 1)
  pair.deliver([rawOneRtt(pair.client.connection, ack)], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, code.protocolViolation)
})

test('a delay of centuries in an ACK does no harm', () => {
  const pair = Pair.connected()
  pair.server.connection.ping()
  pair.flush(pair.server)
  const { recovery } = stateOf(pair.server.connection)
  const largest = recovery.sent(2).nextPacketNumber - 1
  pair.now += 50
  const ack = Uint8Array.of(0x02, largest, 0xff, 255, 255, 255, 255, 255, 255, 255, 0, 0)
  pair.deliver([rawOneRtt(pair.client.connection, ack)], 'toServer')
  assert.is(pair.server.closeInfo, undefined)
  assert.ok(recovery.rtt.smoothed >= 0 && recovery.rtt.smoothed <= 333)
  assert.is(recovery.rtt.min, 0)
})

test('streams that are not there, in the wrong direction, or too many', () => {
  const { streamLimitError, streamStateError } = code
  const anything: ((id: number) => Write)[] = [
    (id) => stream(id, 0, 1),
    (id) => (writer) => writeResetStream(writer, id, 0, 0),
    (id) => (writer) => writeStreamDataBlocked(writer, id, 0),
    (id) => (writer) => writeStopSending(writer, id, 0),
    (id) => (writer) => writeMaxStreamData(writer, id, 1),
  ]
  for (const [index, frame] of anything.entries()) {
    assert.is(closeOf(frame(1)), streamStateError, `frame ${index} on a stream never opened`)
    const wrong = index < 3 ? 3 : 2
    assert.is(closeOf(frame(wrong)), streamStateError, `frame ${index} in the wrong direction`)
    assert.is(closeOf(frame(400)), streamLimitError, `frame ${index} beyond the limit`)
    assert.is(closeOf(frame(396)), undefined, `frame ${index} at the limit`)
  }
})

test('the highest stream first costs one stream', () => {
  const pair = Pair.connected()
  pair.deliver([rawOneRtt(pair.client.connection, pad(frames(stream(396, 0, 1))))], 'toServer')
  assert.is(stateOf(pair.server.connection).streams.openCount, 1)
})

test('data beyond all credit, up to the largest offset', () => {
  assert.is(closeOf(stream(0, 256 * 1024, 1)), code.flowControlError)
  assert.is(closeOf(stream(0, 2 ** 52, 1)), code.flowControlError)
  const largest = [0xff, 255, 255, 255, 255, 255, 255, 255]
  assert.is(closeOfBytes(0x0e, 0, ...largest, 1, 0xaa), code.flowControlError)
  assert.is(closeOfBytes(0x04, 0, 0, ...largest), code.flowControlError)
  assert.is(closeOfBytes(0x0a, ...largest, 1, 0xaa) !== undefined, true)
})

test('a final size that changes', () => {
  const reset =
    (size: number): Write =>
    (writer) =>
      writeResetStream(writer, 0, 0, size)
  assert.is(closeOf(stream(0, 0, 5, true), stream(0, 5, 1)), code.finalSizeError)
  assert.is(closeOf(stream(0, 0, 5, true), stream(0, 0, 4, true)), code.finalSizeError)
  assert.is(closeOf(stream(0, 0, 5), reset(4)), code.finalSizeError)
  assert.is(closeOf(reset(5), reset(6)), code.finalSizeError)
  assert.is(closeOf(reset(256 * 1024 + 1)), code.flowControlError)
})

test('every other byte of a stream', () => {
  const gaps = Array.from({ length: MAX_STREAM_GAPS + 1 }, (_, i) => stream(0, 1 + 2 * i, 1))
  assert.is(closeOf(...gaps.slice(1)), undefined)
  assert.is(closeOf(...gaps), code.internalError)
})

test('limits that go down are ignored, limits beyond all streams are refused', () => {
  assert.is(
    closeOf(
      (writer) => writeMaxData(writer, 0),
      (writer) => writeMaxStreams(writer, true, 0),
    ),
    undefined,
  )
  assert.is(
    closeOf((writer) => writeMaxStreams(writer, true, 2 ** 60)),
    undefined,
  )
  const tooMany = [0xd0, 0, 0, 0, 0, 0, 0, 1]
  assert.is(closeOfBytes(0x12, ...tooMany), code.frameEncodingError)
  assert.is(closeOfBytes(0x16, ...tooMany), code.frameEncodingError)
})

test('the largest limits that can be written are taken', () => {
  const largest = [0xff, 255, 255, 255, 255, 255, 255, 255]
  const pair = Pair.connected()
  pair.deliver([rawOneRtt(pair.client.connection, Uint8Array.of(0x10, ...largest))], 'toServer')
  const id = pair.server.connection.openStream('uni')!
  pair.server.connection.write(id, Uint8Array.of(1), true)
  pair.settle()
  assert.equal(pair.client.connection.read(id), Uint8Array.of(1))
})

test('connection ids: too many, changed, of illegal length, retired before they came', () => {
  const token = new Uint8Array(16)
  const id = (sequence: number, fill = sequence, prior = 0): Write => {
    return (writer) =>
      writeNewConnectionId(writer, sequence, prior, new Uint8Array(8).fill(fill), token)
  }
  // Sequence numbers 0 to 3 are there after the handshake.
  assert.is(closeOf(id(4)), code.connectionIdLimitError)
  assert.is(closeOf(id(1, 200)), code.protocolViolation)
  assert.is(closeOf(id(7, 7, 8)), code.frameEncodingError)
  const short =
    (length: number): Write =>
    (writer) => {
      writeNewConnectionId(writer, 9, 9, new Uint8Array(length), token)
    }
  assert.is(closeOf(short(0)), code.frameEncodingError)
  assert.is(closeOf(short(21)), code.frameEncodingError)
  const retire =
    (sequence: number): Write =>
    (writer) =>
      writeRetireConnectionId(writer, sequence)
  assert.is(closeOf(retire(4)), code.protocolViolation)
  assert.is(closeOf(retire(0)), code.protocolViolation, 'it carries the frame')
  assert.is(closeOf(retire(1), retire(1)), undefined)
})

test('a storm of ids to be retired ends in CONNECTION_ID_LIMIT_ERROR', () => {
  const pair = Pair.connected()
  const token = new Uint8Array(16)
  const storm = Array.from({ length: 20 }, (_, i): Write => {
    const id = new Uint8Array(8).fill(50 + i)
    return (writer) => writeNewConnectionId(writer, 10 + i, 10 + i, id, token)
  })
  pair.deliver([rawOneRtt(pair.client.connection, frames(...storm))], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, code.connectionIdLimitError)
})

test('a storm of retirements makes no more ids than there are datagrams to tell of them', () => {
  const pair = Pair.connected()
  const all = Array.from({ length: 3 }, (_, i): Write => {
    return (writer) => writeRetireConnectionId(writer, 1 + i)
  })
  pair.deliver([rawOneRtt(pair.client.connection, frames(...all))], 'toServer')
  const guess: Write = (writer) => writeRetireConnectionId(writer, 4)
  pair.deliver([rawOneRtt(pair.client.connection, pad(frames(guess)))], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, code.protocolViolation)
})

test('CRYPTO far ahead, or in single bytes with gaps, is CRYPTO_BUFFER_EXCEEDED', () => {
  const crypto =
    (offset: number, length: number): Write =>
    (writer) => {
      writeCryptoHeader(writer, offset, length)
      bytes(writer, length)
    }
  assert.is(closeOf(crypto(16 * 1024, 1)), code.cryptoBufferExceeded)
  assert.is(closeOf(crypto(2 ** 50, 1)), code.cryptoBufferExceeded)
  const gaps = Array.from({ length: MAX_STREAM_GAPS + 1 }, (_, i) => crypto(1 + 2 * i, 1))
  assert.is(closeOf(...gaps), code.cryptoBufferExceeded)
})

test('TLS messages after the handshake that are not tickets end the connection', () => {
  // KeyUpdate (24), of one byte.
  const message: Write = (writer) => {
    writeCryptoHeader(writer, 0, 5)
    writer.put(Uint8Array.of(24, 0, 0, 1, 0))
  }
  assert.is(closeOf(message), 0x10a)
})

test('a reason of a thousand broken characters is shortened', () => {
  const pair = Pair.connected()
  const reason = new Uint8Array(1000).fill(0xff)
  const close = frames((writer) => writeConnectionClose(writer, false, 5, 0, reason))
  pair.deliver([rawOneRtt(pair.client.connection, close)], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, 5)
  assert.is(pair.server.closeInfo?.reason.length, 512)
})

/** Frames that are legal and of no use, one a stream of packets. */
const idle: Record<string, Write> = {
  PING: writePing,
  'MAX_DATA that does not grow': (writer) => writeMaxData(writer, 1),
  STREAMS_BLOCKED: (writer) => writeStreamsBlocked(writer, true, 1),
  'an empty STREAM': (writer) => writeStreamHeader(writer, 0, 0, 0, false),
  'MAX_STREAMS that does not grow': (writer) => writeMaxStreams(writer, false, 1),
  'an empty CRYPTO': (writer) => writeCryptoHeader(writer, 0, 0),
  DATA_BLOCKED: (writer) => writeDataBlocked(writer, 1),
  STREAM_DATA_BLOCKED: (writer) => writeStreamDataBlocked(writer, 0, 1),
  PATH_CHALLENGE: (writer) => writePathChallenge(writer, new Uint8Array(8)),
  'PATH_RESPONSE to nothing': (writer) => writePathResponse(writer, new Uint8Array(8)),
  'RETIRE_CONNECTION_ID of one that is retired': (writer) => writeRetireConnectionId(writer, 1),
}

for (const [name, frame] of Object.entries(idle)) {
  test(`a flood of ${name} ends the connection, a trickle does not`, () => {
    const pair = Pair.connected({ transport: { maxIdleTimeout: 0 } })
    const payload = frames(...Array.from({ length: 100 }, () => frame))
    const send = () => pair.deliver([rawOneRtt(pair.client.connection, payload)], 'toServer')
    for (let i = 0; i < 99; i++) send()
    assert.is(pair.server.closeInfo, undefined)
    pair.now += 10_000
    for (let i = 0; i < 30; i++) send()
    assert.is(pair.server.closeInfo, undefined)
    for (let i = 0; i < 5; i++) send()
    assert.is(pair.server.closeInfo?.errorCode, code.protocolViolation)
  })
}

test('key phases that flip twice at once are a KEY_UPDATE_ERROR, forged ones nothing', () => {
  const pair = Pair.connected()
  const payload = frames(...Array.from({ length: 8 }, () => writePing))
  const forged = rawOneRtt(pair.client.connection, payload, { keyPhase: true })
  pair.deliver([forged], 'toServer')
  assert.is(pair.server.closeInfo, undefined)
  const keys = stateOf(pair.client.connection).handshake.oneRttKeys!
  keys.initiateUpdate()
  const first = rawOneRtt(pair.client.connection, payload)
  keys.initiateUpdate()
  const second = rawOneRtt(pair.client.connection, payload)
  pair.deliver([first], 'toServer')
  assert.is(pair.server.closeInfo, undefined)
  pair.deliver([second], 'toServer')
  assert.is(pair.server.closeInfo?.errorCode, code.keyUpdateError)
})

test('a limit that grows by one in each of many frames of a packet is a flood', () => {
  const pair = Pair.connected()
  let limit = 2 ** 30
  const raise = (count: number) => {
    const more = frames(
      ...Array.from({ length: count }, (): Write => (w) => writeMaxData(w, ++limit)),
    )
    pair.deliver([rawOneRtt(pair.client.connection, more)], 'toServer')
  }
  for (let i = 0; i < 11_000; i++) raise(1)
  assert.is(pair.server.closeInfo, undefined)
  for (let i = 0; i < 101; i++) raise(101)
  assert.is(pair.server.closeInfo?.errorCode, code.protocolViolation)
})

test('new keys with every packet are a flood', () => {
  const pair = Pair.connected()
  pair.run(100) // all is acknowledged
  const repeated = frames(
    (w) => writeStreamHeader(w, 0, 0, 1, false),
    (w) => bytes(w, 1),
  )
  const keys = stateOf(pair.client.connection).handshake.oneRttKeys!
  let updates = 0
  for (; pair.server.closeInfo === undefined; updates++) {
    assert.ok(updates < 10_100, 'nobody counts')
    // Legal each time: the server has sent something under the keys before.
    keys.initiateUpdate()
    for (let i = 0; i < 2; i++)
      pair.deliver([rawOneRtt(pair.client.connection, repeated)], 'toServer')
    pair.flush(pair.server)
  }
  assert.ok(updates > 5000, 'some are nothing unusual')
  assert.is(pair.server.closeInfo.errorCode, code.protocolViolation)
})

test('a flood of PINGs is answered by one ACK for two packets at most', () => {
  const pair = Pair.connected()
  const before = pair.server.sent.length
  for (let i = 0; i < 200; i++) {
    const ping = frames(writePing, writePing, writePing, writePing)
    pair.deliver([rawOneRtt(pair.client.connection, ping)], 'toServer')
    pair.flush(pair.server)
  }
  assert.ok(pair.server.sent.length - before <= 101)
})

test('challenges are answered up to the cap', () => {
  const pair = Pair.connected()
  const challenges = Array.from({ length: 100 }, () => Uint8Array.of(0x1a, ...new Uint8Array(8)))
  pair.deliver([rawOneRtt(pair.client.connection, concatBytes(challenges))], 'toServer')
  const answers = pair.flush(pair.server)
  assert.ok(answers.length >= 1 && answers.length <= 4)
  for (const { length } of answers.slice(0, 1)) assert.ok(length >= 1200, 'RFC 9000 §8.2.2')
})

test.run()
