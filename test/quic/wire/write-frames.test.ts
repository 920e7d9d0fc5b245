import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, RangeSet, toHex, Writer } from '../../../src/bytes/index.ts'
import * as frames from '../../../src/quic/wire/index.ts'
import { EXAMPLES } from './frame-examples.ts'
import { RecordingVisitor } from './recording-visitor.ts'

const test = suite('frame writers')

const write = (body: (writer: Writer) => void, room = 200) => {
  const writer = new Writer(new Uint8Array(room))
  body(writer)
  return toHex(writer.written())
}
const rangeSet = (...ranges: [number, number][]) => {
  const set = new RangeSet()
  for (const [smallest, largest] of ranges) set.add(smallest, largest + 1)
  return set
}
const abc = fromHex('616263')
const data8 = fromHex('0102030405060708')
const hi = fromHex('6869')
const TOKEN = fromHex('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf')

/** What makes the bytes of each example; ACK with ECN is read, but never written. */
const WRITERS: Record<string, (writer: Writer) => void> = {
  PING: (w) => frames.writePing(w),
  ACK: (w) => frames.writeAck(w, rangeSet([8, 10]), 64, 10),
  'ACK with gaps': (w) => frames.writeAck(w, rangeSet([88, 90], [92, 92], [95, 100]), 3, 10),
  RESET_STREAM: (w) => frames.writeResetStream(w, 4, 256, 65536),
  STOP_SENDING: (w) => frames.writeStopSending(w, 7, 0x10c),
  CRYPTO(w) {
    frames.writeCryptoHeader(w, 0x400, 3)
    w.put(abc)
  },
  NEW_TOKEN: (w) => frames.writeNewToken(w, fromHex('beef')),
  STREAM(w) {
    frames.writeStreamHeader(w, 4, 0, -1, false)
    w.put(abc)
  },
  'STREAM with fin'(w) {
    frames.writeStreamHeader(w, 4, 0, -1, true)
    w.put(abc)
  },
  'STREAM with length'(w) {
    frames.writeStreamHeader(w, 4, 0, 3, false)
    w.put(abc)
  },
  'STREAM with length and fin': (w) => frames.writeStreamHeader(w, 4, 0, 0, true),
  'STREAM with offset'(w) {
    frames.writeStreamHeader(w, 4, 0x800, -1, false)
    w.put(abc)
  },
  'STREAM with offset and fin'(w) {
    frames.writeStreamHeader(w, 4, 0x800, -1, true)
    w.u8(0x61)
  },
  'STREAM with offset and length'(w) {
    frames.writeStreamHeader(w, 4, 0x800, 1, false)
    w.u8(0x61)
  },
  'STREAM with all'(w) {
    frames.writeStreamHeader(w, 4, 0x800, 1, true)
    w.u8(0x61)
  },
  MAX_DATA: (w) => frames.writeMaxData(w, 2 ** 32),
  MAX_STREAM_DATA: (w) => frames.writeMaxStreamData(w, 4, 0x3fff),
  'MAX_STREAMS bidi': (w) => frames.writeMaxStreams(w, true, 100),
  'MAX_STREAMS uni': (w) => frames.writeMaxStreams(w, false, 100),
  DATA_BLOCKED: (w) => frames.writeDataBlocked(w, 63),
  STREAM_DATA_BLOCKED: (w) => frames.writeStreamDataBlocked(w, 4, 63),
  'STREAMS_BLOCKED bidi': (w) => frames.writeStreamsBlocked(w, true, 5),
  'STREAMS_BLOCKED uni': (w) => frames.writeStreamsBlocked(w, false, 5),
  NEW_CONNECTION_ID: (w) => frames.writeNewConnectionId(w, 3, 2, fromHex('c1c2c3c4'), TOKEN),
  RETIRE_CONNECTION_ID: (w) => frames.writeRetireConnectionId(w, 64),
  PATH_CHALLENGE: (w) => frames.writePathChallenge(w, data8),
  PATH_RESPONSE: (w) => frames.writePathResponse(w, data8),
  CONNECTION_CLOSE: (w) => frames.writeConnectionClose(w, false, 10, 6, hi),
  'CONNECTION_CLOSE of the application': (w) => frames.writeConnectionClose(w, true, 256, 6, hi),
  HANDSHAKE_DONE: (w) => frames.writeHandshakeDone(w),
}

for (const [name, hex] of EXAMPLES) {
  if (name === 'ACK with ECN') continue
  test(`${name} is written`, () => {
    assert.is(write(WRITERS[name]!), toHex(fromHex(hex)))
  })
}

test('header lengths are what the headers take', () => {
  for (const offset of [0, 1, 63, 64, 16383, 16384, 2 ** 30, 2 ** 40])
    for (const length of [-1, 0, 63, 64, 1200, 16384])
      for (const id of [0, 64, 2 ** 31]) {
        const stream = write((w) => frames.writeStreamHeader(w, id, offset, length, true))
        assert.is(frames.streamHeaderLength(id, offset, length), stream.length / 2)
        if (length < 0) continue
        const crypto = write((w) => frames.writeCryptoHeader(w, offset, length))
        assert.is(frames.cryptoHeaderLength(offset, length), crypto.length / 2)
      }
})

const readAck = (hex: string) => {
  const visitor = new RecordingVisitor()
  new frames.FrameParser().parse(fromHex(hex), frames.PacketType.oneRtt, true, visitor)
  return visitor.frames[0]![3]
}

test('an ACK of nothing is not written', () => {
  const writer = new Writer(new Uint8Array(50))
  assert.is(frames.writeAck(writer, new RangeSet(), 0, 10), false)
  assert.is(writer.position, 0)
})

test('an ACK keeps to the newest ranges when there are more than allowed', () => {
  const set = rangeSet([1, 1], [5, 6], [9, 9], [20, 30])
  assert.equal(readAck(write((w) => frames.writeAck(w, set, 0, 2))), [
    [20, 30],
    [9, 9],
  ])
  assert.equal(readAck(write((w) => frames.writeAck(w, set, 0, 1))), [[20, 30]])
})

test('an ACK takes as many ranges as there is room for and never more', () => {
  const set = new RangeSet()
  for (let n = 0; n < 200; n++) set.add(n * 100, n * 100 + 1 + (n % 80))
  let ranges = 0
  for (let room = 0; room < 600; room++) {
    const writer = new Writer(new Uint8Array(room + 10), 0, room)
    const written = frames.writeAck(writer, set, 1000, 1000)
    assert.is(written, writer.position > 0)
    if (!written) {
      // Type, four bytes of packet number, two of delay, one of count and one of range.
      assert.ok(room < 9)
      continue
    }
    const read = readAck(toHex(writer.written()))
    assert.ok(Array.isArray(read))
    if (!Array.isArray(read)) continue
    assert.ok(read.length >= ranges)
    ranges = read.length
    const newest = Array.from({ length: ranges }, (_, i) => {
      const n = 199 - i
      return [n * 100, n * 100 + (n % 80)]
    })
    assert.equal(read, newest)
    // A further range takes four bytes at most, and the 64th one more for the count.
    assert.ok(ranges === 200 || writer.remaining <= 4, `${writer.remaining} of ${room} left`)
  }
  assert.is(ranges, 200)
})

test('large numbers are acknowledged exactly', () => {
  const set = rangeSet([2 ** 40, 2 ** 40 + 2 ** 35], [2 ** 45, 2 ** 45])
  assert.equal(readAck(write((w) => frames.writeAck(w, set, 0, 10))), [
    [2 ** 45, 2 ** 45],
    [2 ** 40, 2 ** 40 + 2 ** 35],
  ])
})

test.run()
