import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { FrameReader } from '../../src/h3/frame-reader.ts'
import { bytes, frame, varint } from './harness.ts'

const test = suite('frame reader')

/** All frames in the pieces, payloads gathered. */
function read(pieces: readonly Uint8Array[]): { type: number; payload: Uint8Array }[] {
  const reader = new FrameReader()
  const found: { type: number; payload: Uint8Array }[] = []
  let inFrame = false
  for (const piece of pieces) {
    reader.push(piece)
    for (;;) {
      if (!inFrame && !reader.readHeader()) break
      inFrame = true
      const payload = reader.readWholePayload()
      if (payload === undefined) break
      inFrame = false
      found.push({ type: reader.type, payload: payload.slice() })
    }
  }
  assert.ok(reader.isEmpty)
  return found
}

const stream = concatBytes([
  frame(1, bytes(1, 2, 3)),
  frame(0x21),
  frame(2 ** 40, bytes(4)),
  concatBytes([bytes(0xc0, 0, 0, 0, 0, 0, 0, 7), bytes(0x40, 1), bytes(5)]),
  frame(0, new Uint8Array(200).fill(6)),
])
const frames = [
  { type: 1, payload: bytes(1, 2, 3) },
  { type: 0x21, payload: bytes() },
  { type: 2 ** 40, payload: bytes(4) },
  { type: 7, payload: bytes(5) },
  { type: 0, payload: new Uint8Array(200).fill(6) },
]

test('frames cut in two at any byte are the same', () => {
  for (let at = 0; at <= stream.length; at++)
    assert.equal(read([stream.subarray(0, at), stream.subarray(at)]), frames, `cut at ${at}`)
})

test('frames that come byte by byte are the same', () => {
  assert.equal(read([...stream].map((byte) => bytes(byte))), frames)
})

test('a payload that lies in one piece is a view of it', () => {
  const reader = new FrameReader()
  const piece = concatBytes([frame(1, bytes(1, 2)), frame(0, bytes(3))])
  reader.push(piece)
  reader.readHeader()
  assert.is(reader.readWholePayload()!.buffer, piece.buffer)
  reader.readHeader()
  assert.is(reader.readPayload()!.buffer, piece.buffer)
})

test('a payload is given as far as it has come', () => {
  const reader = new FrameReader()
  reader.push(bytes(0, 5, 1, 2))
  assert.ok(reader.readHeader())
  assert.equal(reader.readPayload(), bytes(1, 2))
  assert.is(reader.readPayload(), undefined)
  reader.push(bytes(3, 4, 5, 1))
  assert.equal(reader.readPayload(), bytes(3, 4, 5))
  assert.is(reader.remaining, 0)
  assert.not.ok(reader.isEmpty)
})

test('a frame of 2^62-1 bytes is skipped without being kept', () => {
  const reader = new FrameReader()
  reader.push(concatBytes([varint(0x21), varint(2n ** 62n - 1n)]))
  assert.ok(reader.readHeader())
  assert.is(reader.length, Number.MAX_SAFE_INTEGER)
  const piece = new Uint8Array(1 << 20)
  for (let i = 0; i < 100; i++) {
    reader.push(piece)
    assert.is(reader.skipPayload(), false)
    assert.ok(reader.isEmpty)
  }
})

test('only between frames is a boundary', () => {
  const reader = new FrameReader()
  assert.ok(reader.isAtBoundary)
  for (const [byte, isBoundary] of [
    [0x41, false],
    [0x00, false],
    [0x01, false],
    [0xff, true],
  ] as const) {
    reader.push(bytes(byte))
    if (reader.remaining === 0) reader.readHeader()
    reader.skipPayload()
    assert.is(reader.isAtBoundary, isBoundary)
  }
})

test.run()
