import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { MAX_HELD_INSTRUCTIONS } from '../../src/h3/limits.ts'
import { LocalStream } from '../../src/h3/local-stream.ts'
import { bytes, headers, Lone, request } from './harness.ts'
import { createPair, moveBytes } from './transport-pair.ts'

const test = suite('local stream')

test('what is written before the stream is open follows its type', () => {
  const { client, server } = createPair({ maxStreams: 0 })
  const stream = new LocalStream(client, 2)
  stream.write(bytes(7, 8))
  assert.is(stream.open(), false)
  assert.is(stream.hasRoom, false)
  client.raiseMaxStreams(1)
  assert.is(stream.open(), true)
  assert.is(stream.open(), true)
  assert.is(stream.hasRoom, true)
  while (moveBytes(client, undefined));
  assert.equal([server.read(2), server.read(2)], [bytes(2), bytes(7, 8)])
})

test('bytes are held back while the transport has no room', () => {
  const { client, server } = createPair({ highWaterMark: 10 })
  const stream = new LocalStream(client, 2)
  stream.open()
  stream.write(new Uint8Array(20))
  assert.is(stream.hasRoom, false)
  stream.write(bytes(1))
  stream.write(bytes(2))
  assert.is(client.streams.get(2)!.outgoingBytes, 21)
  while (moveBytes(client, undefined));
  stream.onWritable()
  assert.is(stream.hasRoom, true)
  while (moveBytes(client, undefined));
  assert.is(server.streams.get(2)!.incomingBytes, 23)
})

test('holding back too much is noticed', () => {
  const { client } = createPair({ maxStreams: 0 })
  const stream = new LocalStream(client, 2)
  stream.write(new Uint8Array(MAX_HELD_INSTRUCTIONS))
  assert.not(stream.isOverfull)
  stream.write(bytes(1))
  assert.ok(stream.isOverfull)
})

test('a peer that makes us acknowledge without ever letting us is H3_EXCESSIVE_LOAD', () => {
  const lone = new Lone('server', {}, bytes(), { highWaterMark: 0 })
  // Nothing of ours is delivered from here on: the peer gives no credit.
  lone.transport.deliver = () => false
  let opened = 0
  while (lone.closeCode === undefined && opened < 100_000) {
    lone.now += 1000
    const id = lone.sendRequest(headers(request('POST')))
    opened++
    lone.raw.reset(id, H3ErrorCode.requestCancelled)
    lone.pump()
  }
  assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
})

test.run()
