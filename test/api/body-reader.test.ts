import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BodyReader, HIGH_WATER_MARK } from '../../src/api/body-reader.ts'
import type { MessageTransport } from '../../src/api/message-transport.ts'
import { patternBytes } from '../support/http3.ts'

const test = suite('api/body reader')

/** A body in pieces that were laid out before. */
class Body {
  readonly pieces: Uint8Array[] = []
  readonly target: Readable
  readonly reader: BodyReader

  constructor() {
    this.target = new Readable({
      highWaterMark: HIGH_WATER_MARK,
      read: () => this.reader.want(),
    })
    const transport = { readBody: () => this.pieces.shift(), touch() {} }
    this.reader = new BodyReader(this.target, transport as unknown as MessageTransport, 0)
  }

  add(pieces: Iterable<Uint8Array>): void {
    this.pieces.push(...pieces)
    this.reader.onReadable()
  }
}

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

for (const length of [1, 7, 255, 256, 257, 1200, 70_000]) {
  test(`a body in pieces of ${length} bytes comes whole and in order`, async () => {
    const body = new Body()
    const sent = patternBytes(200_000)
    body.add(cut(sent.subarray(0, 99_999), length))
    body.add(cut(sent.subarray(99_999), length))
    const received: Buffer[] = []
    body.target.on('data', (chunk: Buffer) => received.push(chunk))
    const ended = new Promise((resolve) => body.target.once('end', resolve))
    while (body.pieces.length > 0) await new Promise((resolve) => setImmediate(resolve))
    body.reader.onEnded()
    await ended
    assert.ok(Buffer.concat(received).equals(sent))
  })
}

test('many tiny pieces do not become as many objects', () => {
  const body = new Body()
  body.target.read(0)
  body.add(cut(patternBytes(HIGH_WATER_MARK), 1))
  let chunks = 0
  const push = body.target.push.bind(body.target)
  body.target.push = (chunk: unknown) => {
    chunks++
    return push(chunk)
  }
  while (body.target.read() !== null);
  body.add(cut(patternBytes(HIGH_WATER_MARK), 1))
  assert.ok(chunks < 64, `${chunks} chunks of ${HIGH_WATER_MARK} bytes`)
})

test('what came is handed over without waiting for more', () => {
  const body = new Body()
  body.target.read(0)
  body.add([Uint8Array.of(1, 2, 3)])
  assert.equal([...(body.target.read() as Buffer)], [1, 2, 3])
})

test('a reader that waits leaves the rest with the transport', () => {
  const body = new Body()
  body.target.read(0)
  body.add(cut(patternBytes(10 * HIGH_WATER_MARK), 100))
  assert.ok(body.target.readableLength <= HIGH_WATER_MARK + 4096)
  assert.ok(body.pieces.length * 100 > 8 * HIGH_WATER_MARK)
})

test.run()
