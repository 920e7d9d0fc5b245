import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer } from '../../../src/bytes/index.ts'
import { CryptoStream } from '../../../src/quic/connection/crypto-stream.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { MAX_CRYPTO_BUFFER, MAX_STREAM_GAPS } from '../../../src/quic/limits.ts'
import { SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { throwsCode } from '../support/errors.ts'

const test = suite('quic/connection/crypto-stream')
const { cryptoBufferExceeded } = TransportErrorCode

test('bytes come out in order', () => {
  const stream = new CryptoStream()
  stream.receive(2, Uint8Array.of(3))
  assert.is(stream.read(), undefined)
  stream.receive(0, Uint8Array.of(1, 2))
  assert.equal([stream.read(), stream.read()], [Uint8Array.of(1, 2), Uint8Array.of(3)])
})

test('bytes may lie ahead up to the cap, and it moves with what was read', () => {
  const stream = new CryptoStream()
  stream.receive(MAX_CRYPTO_BUFFER - 1, new Uint8Array(1))
  throwsCode(() => stream.receive(MAX_CRYPTO_BUFFER, new Uint8Array(1)), cryptoBufferExceeded)
  throwsCode(() => stream.receive(2 ** 52, new Uint8Array(1)), cryptoBufferExceeded)
  stream.receive(0, new Uint8Array(1000))
  stream.read()
  stream.receive(MAX_CRYPTO_BUFFER + 999, new Uint8Array(1))
})

test('single bytes with gaps between them are refused beyond the cap of gaps', () => {
  const stream = new CryptoStream()
  for (let i = 0; i < MAX_STREAM_GAPS; i++) stream.receive(1 + 2 * i, new Uint8Array(1))
  throwsCode(() => stream.receive(1 + 2 * MAX_STREAM_GAPS, new Uint8Array(1)), cryptoBufferExceeded)
})

test('frames carry what there is room for, and what was lost first', () => {
  const stream = new CryptoStream()
  stream.output.write(Uint8Array.of(1, 2, 3, 4, 5, 6))
  const packet = new SentPacket()
  const writer = new Writer(new Uint8Array(8))
  stream.writeFrames(writer, packet)
  assert.is(packet.frame(0, 1), 0)
  const length = packet.frame(0, 2)
  assert.ok(length > 0 && length < 6)
  stream.output.onLost(0, 2)
  const next = new SentPacket()
  const bytes = new Writer(new Uint8Array(100))
  stream.writeFrames(bytes, next)
  assert.is(next.frameCount, 2)
  assert.equal(bytes.written().subarray(0, 5), Uint8Array.of(6, 0, 2, 1, 2))
  assert.is(next.frame(1, 1), length)
  assert.is(stream.hasPending, false)
})

test.run()
