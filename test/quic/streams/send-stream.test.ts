import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer } from '../../../src/bytes/index.ts'
import { SentFrame, SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { SendStream } from '../../../src/quic/streams/send-stream.ts'

const test = suite('quic/streams/send-stream')

/** One STREAM frame of at most `room` bytes; what it says, or undefined when none was written. */
function frame(stream: SendStream, room: number, credit = 1e9) {
  const writer = new Writer(new Uint8Array(room))
  const packet = new SentPacket()
  const fresh = stream.writeFrame(writer, packet, credit)
  if (fresh < 0) {
    assert.is(writer.position, 0)
    assert.is(packet.frameCount, 0)
    return undefined
  }
  assert.is(packet.frame(0, 0), SentFrame.stream)
  const lengthAndFin = packet.frame(0, 3)
  return {
    fresh,
    offset: packet.frame(0, 2),
    length: lengthAndFin >>> 1,
    fin: (lengthAndFin & 1) === 1,
    wire: writer.written().slice(),
  }
}

test('a frame is as RFC 9000 §19.8 draws it', () => {
  const stream = new SendStream(4, 1000)
  stream.write(Uint8Array.of(0xaa, 0xbb), false)
  assert.equal(frame(stream, 100)!.wire, Uint8Array.of(0x0a, 4, 2, 0xaa, 0xbb))
  stream.write(Uint8Array.of(0xcc), true)
  assert.equal(frame(stream, 100)!.wire, Uint8Array.of(0x0f, 4, 2, 1, 0xcc))
})

test('the end goes out alone when there is nothing else', () => {
  const stream = new SendStream(4, 0)
  stream.write(new Uint8Array(0), true)
  assert.is(stream.hasPending(0), true)
  const sent = frame(stream, 100)!
  assert.is(sent.fin, true)
  assert.is(sent.length, 0)
  assert.is(stream.hasPending(0), false)
})

test('no more goes out than the stream and the connection have credit for', () => {
  const stream = new SendStream(0, 10)
  stream.write(new Uint8Array(20), true)
  assert.is(frame(stream, 100, 4)!.fresh, 4)
  const second = frame(stream, 100)!
  assert.is(second.fresh, 6)
  assert.is(second.fin, false)
  assert.is(frame(stream, 100), undefined)
  assert.is(stream.isBlockedByStream, true)
  stream.credit.raise(20)
  assert.is(stream.isBlockedByConnection, true)
  assert.is(stream.hasPending(0), false)
  assert.is(frame(stream, 100)!.fin, true)
})

test('what is sent again costs no credit', () => {
  const stream = new SendStream(0, 10)
  stream.write(new Uint8Array(10), true)
  frame(stream, 100)
  stream.onLost(0, 10, true)
  assert.is(stream.hasPending(0), true)
  const again = frame(stream, 100, 0)!
  assert.is(again.fresh, 0)
  assert.is(again.length, 10)
  assert.is(again.fin, true)
  assert.is(stream.credit.used, 10)
})

test('a lost end is sent again even when its bytes were acknowledged', () => {
  const stream = new SendStream(0, 10)
  stream.write(new Uint8Array(10), true)
  frame(stream, 100)
  stream.onAcked(0, 10, false)
  stream.onLost(0, 10, true)
  const again = frame(stream, 100)!
  assert.is(again.offset, 10)
  assert.is(again.length, 0)
  assert.is(again.fin, true)
  stream.onAcked(10, 0, true)
  assert.is(stream.isTerminal, true)
})

test('an end that was acknowledged is not sent again', () => {
  const stream = new SendStream(0, 10)
  stream.write(new Uint8Array(10), true)
  frame(stream, 100)
  stream.onAcked(0, 10, true)
  stream.onLost(0, 10, true)
  assert.is(stream.hasPending(100), false)
})

test('a frame without room is not written, and one with little room carries little', () => {
  const stream = new SendStream(0, 1000)
  stream.write(new Uint8Array(1000), false)
  assert.is(frame(stream, 2), undefined)
  for (let room = 3; room < 80; room++) {
    const sent = frame(stream, room)
    if (sent !== undefined) assert.ok(sent.wire.length <= room)
  }
})

test('a stream is over when all bytes and the end are acknowledged', () => {
  const stream = new SendStream(0, 100)
  stream.write(new Uint8Array(10), true)
  frame(stream, 8)
  frame(stream, 100)
  stream.onAcked(6, 4, true)
  assert.is(stream.isTerminal, false)
  stream.onAcked(0, 6, false)
  assert.is(stream.isTerminal, true)
})

test('a reset states what was sent as the final size and sends no more', () => {
  const stream = new SendStream(0, 100)
  stream.write(new Uint8Array(50), false)
  frame(stream, 23)
  assert.is(stream.finalSize, 20)
  assert.is(stream.reset(7), true)
  assert.is(stream.reset(8), false)
  assert.is(stream.resetCode, 7)
  assert.is(stream.finalSize, 20)
  assert.is(stream.hasPending(100), false)
  stream.onLost(0, 20, false)
  assert.is(stream.hasPending(100), false)
  assert.is(stream.isTerminal, false)
  stream.onAcked(0, 20, false)
  assert.is(stream.isTerminal, false, 'the reset itself is to be acknowledged')
  stream.onResetAcked()
  assert.is(stream.isTerminal, true)
})

test('a reset after everything was acknowledged has no effect', () => {
  const stream = new SendStream(0, 100)
  stream.write(new Uint8Array(0), true)
  frame(stream, 100)
  stream.onAcked(0, 0, true)
  assert.is(stream.reset(7), false)
  assert.is(stream.resetCode, undefined)
})

test.run()
