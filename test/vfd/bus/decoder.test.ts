import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../../src/sim/index.ts'
import { BusError, FrameDecoder, frameFlags, frameTypes } from '../../../src/vfd/bus/index.ts'
import {
  MAX_FRAME_PAYLOAD,
  MAX_MESSAGE_LENGTH,
  MAX_PARTIAL_BYTES,
  MAX_PARTIAL_MESSAGES,
} from '../../../src/vfd/bus/limits.ts'
import { bytesOf, Collector } from './support.ts'

const test = suite('bus/decoder')
const { chunk, begin, end, fin } = frameFlags

const decode = (...pieces: Buffer[]): Collector => {
  const collector = new Collector()
  const decoder = new FrameDecoder(collector)
  for (const piece of pieces) decoder.push(piece)
  return collector
}

/** A frame by hand, with any head. */
const frame = (
  type: number,
  flags: number,
  messageId: number,
  messageLength: number,
  payload: Uint8Array,
  length = payload.length + 48,
): Buffer => {
  const bytes = Buffer.alloc(52 + payload.length)
  bytes.writeUInt32LE(length, 0)
  bytes.writeUInt32LE(messageId, 12)
  bytes.writeUInt32LE(messageLength, 20)
  bytes[26] = type
  bytes[27] = flags
  bytes.set(payload, 52)
  return bytes
}

test('frames cut at every byte are the same frames', () => {
  const bytes = bytesOf((writer) => {
    writer.send(frameTypes.headers, fin, 1, 4, 9, 0, Buffer.from('fields'))
    writer.send(frameTypes.reset, 0, 1, 4, 9, 0x10c)
    writer.send(frameTypes.task, 0, 0, 0, 10, 0, Buffer.from('task'), 2)
  })
  const whole = decode(bytes).taken
  assert.is(whole.length, 3)
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.equal(decode(bytes.subarray(0, cut), bytes.subarray(cut)).taken, whole)
  }
  const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  assert.equal(decode(...single).taken, whole)
})

test('a whole message is a view of what was read, and so are the pieces of a body', () => {
  const bytes = bytesOf((writer) => {
    writer.send(frameTypes.headers, 0, 1, 4, 9, 0, Buffer.from('fields'))
    writer.send(frameTypes.data, fin, 1, 4, 9, 0, Buffer.from('body'))
  })
  const parts = [bytes.subarray(0, bytes.length - 2), bytes.subarray(bytes.length - 2)]
  const { taken } = decode(...parts)
  assert.equal(
    taken.map(({ payload, last }) => [Buffer.from(payload).toString(), last]),
    [
      ['fields', undefined],
      ['bo', false],
      ['dy', true],
    ],
  )
  for (const { payload } of taken) assert.is(payload.buffer, bytes.buffer)
})

test('an empty body frame tells the end', () => {
  const { taken } = decode(bytesOf((writer) => writer.send(frameTypes.data, fin, 1, 4, 9)))
  assert.is(taken.length, 1)
  assert.is(taken[0]!.last, true)
  assert.is(taken[0]!.payload.length, 0)
})

test('a message of 1 MiB is put together again', () => {
  const payload = Buffer.alloc(1024 * 1024)
  for (let i = 0; i < payload.length; i++) payload[i] = i * 7 + (i >> 8)
  const bytes = bytesOf((writer) => writer.send(frameTypes.task, 0, 0, 0, 1, 0, payload))
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 65536) pieces.push(bytes.subarray(at, at + 65536))
  const { taken } = decode(...pieces)
  assert.is(taken.length, 1)
  assert.ok(payload.equals(taken[0]!.payload))
})

test('chunks of two messages may take turns', () => {
  const { taken } = decode(
    frame(10, chunk | begin, 1, 4, Buffer.from('ab')),
    frame(10, chunk | begin, 2, 4, Buffer.from('wx')),
    frame(11, 0, 1, 2, Buffer.from('!!')),
    frame(10, chunk | end, 1, 4, Buffer.from('cd')),
    frame(10, chunk | end, 2, 4, Buffer.from('yz')),
  )
  assert.equal(
    taken.map(({ messageId, payload }) => [messageId, Buffer.from(payload).toString()]),
    [
      [1, '!!'],
      [1, 'abcd'],
      [2, 'wxyz'],
    ],
  )
})

const broken: readonly (readonly [string, () => Buffer[], RegExp])[] = [
  ['a length below the head', () => [frame(1, 0, 1, 0, Buffer.alloc(0), 47)], /-1 bytes/],
  [
    'a payload above the limit',
    () => [frame(3, 0, 1, 0, Buffer.alloc(0), 49 + MAX_FRAME_PAYLOAD)],
    /65537 bytes/,
  ],
  ['the type 0', () => [frame(0, 0, 1, 0, Buffer.alloc(0))], /type 0/],
  ['a type that there is not', () => [frame(19, 0, 1, 0, Buffer.alloc(0))], /type 19/],
  ['a message shorter than its length', () => [frame(1, 0, 1, 5, Buffer.alloc(4))], /4 bytes of/],
  [
    'a chunk of a message that did not begin',
    () => [frame(10, chunk, 1, 5, Buffer.alloc(4))],
    /did not begin/,
  ],
  [
    'a message that begins twice',
    () => [
      frame(10, chunk | begin, 1, 5, Buffer.alloc(1)),
      frame(10, chunk | begin, 1, 5, Buffer.alloc(1)),
    ],
    /begins twice/,
  ],
  [
    'chunks longer than their message',
    () => [frame(10, chunk | begin, 1, 5, Buffer.alloc(6))],
    /longer than/,
  ],
  [
    'a message that ends early',
    () => [frame(10, chunk | begin | end, 1, 5, Buffer.alloc(4))],
    /ends before/,
  ],
  [
    'a message above the limit',
    () => [frame(10, chunk | begin, 1, MAX_MESSAGE_LENGTH + 1, Buffer.alloc(4))],
    /67108865 bytes/,
  ],
  [
    'more unfinished messages than the limit',
    () =>
      Array.from({ length: MAX_PARTIAL_MESSAGES + 1 }, (_, id) =>
        frame(10, chunk | begin, id, 100, Buffer.alloc(4)),
      ),
    /Too many/,
  ],
  [
    'more unfinished bytes than the limit',
    () =>
      Array.from({ length: MAX_PARTIAL_BYTES / MAX_MESSAGE_LENGTH + 1 }, (_, id) =>
        frame(10, chunk | begin, id, MAX_MESSAGE_LENGTH, Buffer.alloc(4)),
      ),
    /Too many/,
  ],
]

for (const [what, pieces, message] of broken) {
  test(`${what} breaks the bus`, () => {
    assert.throws(
      () => decode(...pieces()),
      (error: Error) => error instanceof BusError && message.test(error.message),
    )
  })
}

test('unfinished messages up to the limit are kept, and make room when they end', () => {
  const collector = new Collector()
  const decoder = new FrameDecoder(collector)
  for (let round = 0; round < 3; round++) {
    for (let id = 0; id < MAX_PARTIAL_MESSAGES; id++) {
      decoder.push(frame(10, chunk | begin, id, 2, Buffer.from('a')))
    }
    for (let id = 0; id < MAX_PARTIAL_MESSAGES; id++) {
      decoder.push(frame(10, chunk | end, id, 2, Buffer.from('b')))
    }
  }
  assert.is(collector.taken.length, 3 * MAX_PARTIAL_MESSAGES)
})

test('random bytes are frames or break the bus, and nothing else', () => {
  const random = new Random(20_260_101)
  let errors = 0
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(random.randomBytes(200))
    // A plausible head in half of the rounds: what follows it is reached then.
    if (round % 2 === 0) {
      bytes.writeUInt32LE(48 + random.int(100), 0)
      bytes[26] = 1 + random.int(18)
    }
    try {
      decode(bytes)
    } catch (error) {
      if (!(error instanceof BusError)) throw error
      errors++
    }
  }
  assert.ok(errors > 1000, `${errors} errors`)
})

test.run()
