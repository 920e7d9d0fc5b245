import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FrameDecoder, FrameWriter, frameTypes } from '../../../src/vfd/bus/index.ts'
import { MAX_FRAME_PAYLOAD, MAX_MESSAGE_LENGTH } from '../../../src/vfd/bus/limits.ts'
import { Collector, PaperSocket } from './support.ts'

const test = suite('bus/writer')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('the frames of a turn leave together at its end', async () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  for (let id = 1; id <= 20; id++) writer.send(frameTypes.task, 0, 0, 0, id, 0, Buffer.alloc(10))
  assert.is(socket.writes.length, 0)
  assert.is(writer.queuedBytes, 20 * 62)
  await turn()
  assert.is(socket.writes.length, 1)
  assert.is(socket.bytes.length, 20 * 62)
  assert.is(writer.queuedBytes, 0)
})

test('a large payload is passed on without a copy, in one corked write with its head', () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  const payload = Buffer.alloc(50_000, 1)
  writer.send(frameTypes.data, 0, 1, 2, 3, 0, payload)
  writer.send(frameTypes.window, 0, 1, 2, 3, 77)
  writer.flush()
  assert.is(socket.writes.length, 3)
  assert.is(socket.writes[1], payload)
  assert.is(socket.corked, 1)
})

test('more frames than a slab holds come out whole and in order', () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  for (let id = 0; id < 200; id++) {
    const payload = Buffer.alloc(id * 20, id)
    writer.send(frameTypes.task, 8, 2 ** 33 + id, 4 * id, id, id, payload, id % 3)
  }
  writer.flush()
  const collector = new Collector()
  new FrameDecoder(collector).push(socket.bytes)
  assert.is(collector.taken.length, 200)
  collector.taken.forEach((taken, id) => {
    assert.equal(taken, {
      type: frameTypes.task,
      flags: 8,
      sessionId: 2 ** 33 + id,
      streamId: 4 * id,
      messageId: id,
      value: id,
      workerId: id % 3,
      payload: Buffer.alloc(id * 20, id),
      last: undefined,
    })
  })
})

test('a message longer than a frame is cut into chunks of which the first and last are marked', () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  writer.send(frameTypes.task, 0, 0, 0, 1, 0, Buffer.alloc(2 * MAX_FRAME_PAYLOAD + 1))
  writer.flush()
  const heads = socket.writes.filter((bytes) => bytes.length < MAX_FRAME_PAYLOAD)
  assert.equal(
    heads.map((head) => head[27]),
    [1 | 2, 1, 1 | 4],
  )
})

test('a message longer than the limit is refused', () => {
  const writer = new FrameWriter(new PaperSocket())
  const tooLong = new Uint8Array(MAX_MESSAGE_LENGTH + 1)
  assert.throws(() => writer.send(frameTypes.task, 0, 0, 0, 1, 0, tooLong), /67108865 bytes/)
})

test('what is sent while the writer is held leaves when it is released', async () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  writer.send(frameTypes.start, 0, 0, 0, 0)
  writer.hold()
  assert.is(socket.bytes.length, 52)
  writer.send(frameTypes.headers, 0, 0, 0, 1)
  await turn()
  assert.is(socket.bytes.length, 52)
  assert.is(writer.queuedBytes, 52)
  writer.release()
  assert.is(socket.bytes.length, 104)
})

test('nothing leaves after the writer was closed', async () => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  writer.send(frameTypes.ready, 0, 0, 0, 0)
  writer.close()
  writer.send(frameTypes.ready, 0, 0, 0, 0)
  await turn()
  assert.is(socket.writes.length, 0)
})

test.run()
