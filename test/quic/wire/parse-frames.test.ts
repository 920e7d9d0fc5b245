import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, Writer } from '../../../src/bytes/index.ts'
import { TransportError, TransportErrorCode } from '../../../src/quic/errors.ts'
import { FrameFlags, FrameParser, PacketType } from '../../../src/quic/wire/index.ts'
import { CLIENT_CRYPTO_FRAME, SERVER_PAYLOAD } from '../rfc9001-vectors.ts'
import { EXAMPLES } from './frame-examples.ts'
import { RecordingVisitor } from './recording-visitor.ts'

const test = suite('FrameParser')

const { frameEncodingError, protocolViolation, flowControlError, cryptoBufferExceeded } =
  TransportErrorCode
const parser = new FrameParser()

const parse = (
  payload: Uint8Array,
  packetType: PacketType = PacketType.oneRtt,
  fromServer = true,
) => {
  const visitor = new RecordingVisitor()
  const flags = parser.parse(payload, packetType, fromServer, visitor)
  return { flags, frames: visitor.frames }
}

const refuses = (hex: string, code: number, frameType: number, packetType?: PacketType) => {
  try {
    parse(fromHex(hex), packetType)
  } catch (error) {
    assert.instance(error, TransportError, `${hex}: ${error}`)
    if (error instanceof TransportError) {
      assert.is(error.code, code, hex)
      assert.is(error.frameType, frameType, hex)
    }
    return
  }
  assert.unreachable(`${hex} was taken`)
}

for (const [name, hex, expected] of EXAMPLES)
  test(`${name} is read`, () => {
    assert.equal(parse(fromHex(hex)).frames, [expected])
  })

test('frames are visited in their order and padding is passed over', () => {
  const { frames } = parse(fromHex('0000 01 00 1e 000000 10 05 00'))
  assert.equal(frames, [['ping'], ['handshakeDone'], ['maxData', 5]])
})

test('the payloads of RFC 9001 §A.2 and §A.3 are read', () => {
  const client = parse(
    concatBytes([CLIENT_CRYPTO_FRAME, new Uint8Array(917)]),
    PacketType.initial,
    false,
  )
  assert.is(client.frames.length, 1)
  assert.is(client.frames[0]![0], 'crypto')
  assert.is(String(client.frames[0]![2]).length, 2 * 241)
  const server = parse(SERVER_PAYLOAD, PacketType.initial)
  assert.equal(server.frames[0], ['ack', 0, 0, [[0, 0]], undefined])
  assert.is(String(server.frames[1]![2]).length, 2 * 90)
})

test('a frame truncated at any byte is a FRAME_ENCODING_ERROR that blames it', () => {
  for (const [name, hex, expected] of EXAMPLES) {
    const whole = fromHex(hex)
    const dataGoesToTheEnd = expected[0] === 'stream' && (whole[0]! & 2) === 0
    const length = dataGoesToTheEnd ? whole.length - String(expected[3]).length / 2 : whole.length
    for (let cut = 1; cut < length; cut++)
      try {
        parse(whole.subarray(0, cut))
        assert.unreachable(`${name} at ${cut} was taken`)
      } catch (error) {
        assert.instance(error, TransportError, `${name} at ${cut}: ${error}`)
        if (!(error instanceof TransportError)) continue
        assert.is(error.code, frameEncodingError)
        assert.is(error.frameType, whole[0])
        assert.is(parser.currentFrameType, whole[0])
      }
  }
})

test('frames before a broken one have been visited', () => {
  const visitor = new RecordingVisitor()
  assert.throws(() => parser.parse(fromHex('01 10'), PacketType.oneRtt, true, visitor))
  assert.equal(visitor.frames, [['ping']])
})

test('a packet without frames is a PROTOCOL_VIOLATION, one of padding is not', () => {
  refuses('', protocolViolation, 0)
  assert.equal(parse(new Uint8Array(1200)), { flags: 0, frames: [] })
})

test('an unknown frame type is a FRAME_ENCODING_ERROR', () => {
  refuses('1f', frameEncodingError, 0x1f)
  refuses('30 616263', frameEncodingError, 0x30)
  refuses('4040', frameEncodingError, 0x40)
  refuses('7fff', frameEncodingError, 0x3fff)
  refuses('c000000040000000', frameEncodingError, 0x40000000)
})

test('a frame type that is not in its shortest encoding is a PROTOCOL_VIOLATION', () => {
  refuses('4001', protocolViolation, 1)
  refuses('80000000', protocolViolation, 0)
  refuses('c000000000000006', protocolViolation, 6)
})

test('a truncated frame type is a FRAME_ENCODING_ERROR', () => {
  refuses('40', frameEncodingError, 0x40)
  refuses('c00000', frameEncodingError, 0xc0)
})

test('a frame in a packet that must not carry it is a PROTOCOL_VIOLATION', () => {
  refuses('08 04 61', protocolViolation, 0x08, PacketType.initial)
  refuses('06 00 00', protocolViolation, 0x06, PacketType.zeroRtt)
  refuses('02 00 00 00 00', protocolViolation, 0x02, PacketType.zeroRtt)
  refuses('1d 00 00', protocolViolation, 0x1d, PacketType.handshake)
  refuses('1e', protocolViolation, 0x1e, PacketType.handshake)
})

test('HANDSHAKE_DONE and NEW_TOKEN from a client are a PROTOCOL_VIOLATION', () => {
  for (const hex of ['1e', '07 01 aa'])
    try {
      parse(fromHex(hex), PacketType.oneRtt, false)
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof TransportError && error.code === protocolViolation)
    }
})

test('flags tell what is ack-eliciting and what is more than probing', () => {
  const { ackEliciting, nonProbing } = FrameFlags
  const flags = (hex: string) => parse(fromHex(hex)).flags
  assert.is(flags('00'), 0)
  assert.is(flags('02 00 00 00 00'), nonProbing)
  assert.is(flags('1c 00 00 00'), nonProbing)
  assert.is(flags('1a 0102030405060708 00'), ackEliciting)
  assert.is(flags('01'), ackEliciting | nonProbing)
  assert.is(flags('02 00 00 00 00 1b 0102030405060708'), ackEliciting | nonProbing)
})

test('an ACK with ranges below zero is a FRAME_ENCODING_ERROR', () => {
  refuses('02 05 00 00 06', frameEncodingError, 2)
  refuses('02 05 00 01 05 00 00', frameEncodingError, 2)
  refuses('02 05 00 01 04 00 00', frameEncodingError, 2)
  refuses('02 05 00 01 01 01 02', frameEncodingError, 2)
  refuses('02 05 00 01 01 ffffffffffffffff 00', frameEncodingError, 2)
  assert.equal(parse(fromHex('02 05 00 01 01 01 01')).frames[0]![3], [
    [4, 5],
    [0, 1],
  ])
})

test('an ACK that claims 2^40 ranges is refused by what is there', () => {
  refuses('02 7fff 00 c000010000000000 00 0000 0000', frameEncodingError, 2)
  refuses('02 7fff 00 ffffffffffffffff 00 0000 0000', frameEncodingError, 2)
})

test('the ranges of an ACK do not stay in the next one', () => {
  const { frames } = parse(
    fromHex('02 0a 00 02 00 00 00 00 00  03 03 00 00 01 04 05 06  02 02 07 00 00'),
  )
  assert.equal(frames, [
    [
      'ack',
      10,
      0,
      [
        [10, 10],
        [8, 8],
        [6, 6],
      ],
      undefined,
    ],
    ['ack', 3, 0, [[2, 3]], [4, 5, 6]],
    ['ack', 2, 7, [[2, 2]], undefined],
  ])
})

test('an empty NEW_TOKEN is a FRAME_ENCODING_ERROR', () => {
  refuses('07 00', frameEncodingError, 7)
})

test('a connection id of 0 or more than 20 bytes is a FRAME_ENCODING_ERROR', () => {
  refuses(`18 03 02 00 ${'aa'.repeat(16)}`, frameEncodingError, 0x18)
  refuses(`18 03 02 15 ${'aa'.repeat(37)}`, frameEncodingError, 0x18)
  assert.is(parse(fromHex(`18 03 02 14 ${'aa'.repeat(36)}`)).frames.length, 1)
})

test('retire_prior_to above the sequence number is a FRAME_ENCODING_ERROR', () => {
  refuses(`18 03 04 01 ${'aa'.repeat(17)}`, frameEncodingError, 0x18)
  assert.is(parse(fromHex(`18 03 03 01 ${'aa'.repeat(17)}`)).frames.length, 1)
})

test('more than 2^60 streams are a FRAME_ENCODING_ERROR', () => {
  for (const type of ['12', '13', '16', '17']) {
    refuses(`${type} d000000000000001`, frameEncodingError, Number.parseInt(type, 16))
    refuses(`${type} ffffffffffffffff`, frameEncodingError, Number.parseInt(type, 16))
    assert.is(parse(fromHex(`${type} d000000000000000`)).frames[0]![2], Number.MAX_SAFE_INTEGER)
  }
})

test('stream data that ends beyond all credit is a FLOW_CONTROL_ERROR', () => {
  refuses('0e 00 ffffffffffffffff 01 61', flowControlError, 0x0e)
  refuses('0e 00 ffffffffffffffff 00', flowControlError, 0x0e)
  refuses('0c 00 c01fffffffffffff 61', flowControlError, 0x0c)
  refuses('0e 00 c020000000000001 00', flowControlError, 0x0e)
  assert.is(parse(fromHex('0e 00 c01ffffffffffffc 02 6161')).frames[0]![2], 2 ** 53 - 4)
})

test('CRYPTO data that ends beyond every buffer is a CRYPTO_BUFFER_EXCEEDED', () => {
  refuses('06 ffffffffffffffff 01 61', cryptoBufferExceeded, 6)
  refuses('06 c01fffffffffffff 01 61', cryptoBufferExceeded, 6)
})

test('a length beyond the packet is a FRAME_ENCODING_ERROR, however large', () => {
  refuses('06 00 ffffffffffffffff 61', frameEncodingError, 6)
  refuses('0a 00 bfffffff 61', frameEncodingError, 0x0a)
  refuses('07 ffffffffffffffff 61', frameEncodingError, 7)
  refuses('1c 00 00 ffffffffffffffff 61', frameEncodingError, 0x1c)
})

test('limits above 2^53-1 saturate', () => {
  assert.equal(parse(fromHex('10 ffffffffffffffff')).frames, [['maxData', 2 ** 53 - 1]])
})

test('what a visitor throws comes through, with the type of its frame', () => {
  const visitor = new RecordingVisitor()
  const failure = new Error('from the visitor')
  visitor.maxData = () => {
    throw failure
  }
  assert.throws(
    () => parser.parse(fromHex('01 10 05 01'), PacketType.oneRtt, true, visitor),
    (error: unknown) => error === failure,
  )
  assert.is(parser.currentFrameType, 0x10)
})

/** A linear congruential generator: the loop repeats itself. */
const seeded = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('random bytes throw nothing but TransportError', () => {
  const random = seeded(1)
  const packetTypes = [
    PacketType.initial,
    PacketType.zeroRtt,
    PacketType.handshake,
    PacketType.oneRtt,
  ]
  const visitor = new RecordingVisitor()
  let taken = 0
  for (let round = 0; round < 20_000; round++) {
    const writer = new Writer(new Uint8Array(60))
    const length = random(60)
    for (let i = 0; i < length; i++) writer.u8(random(4) === 0 ? random(256) : random(0x20))
    try {
      parser.parse(writer.written(), packetTypes[random(4)]!, random(2) === 0, visitor)
      taken++
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    }
  }
  assert.ok(taken > 100 && taken < 20_000)
  for (const frame of visitor.frames)
    for (const value of frame)
      assert.ok(typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0))
})

test('examples with flipped bytes throw nothing but TransportError', () => {
  const random = seeded(2)
  for (let round = 0; round < 20_000; round++) {
    const bytes = fromHex(EXAMPLES[random(EXAMPLES.length)]![1])
    bytes[random(bytes.length)] = random(256)
    try {
      parse(bytes)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    }
  }
})

test.run()
