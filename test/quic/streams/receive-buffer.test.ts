import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../../src/bytes/index.ts'
import { ReceiveBuffer } from '../../../src/quic/streams/receive-buffer.ts'
import { Random } from '../../../src/sim/index.ts'

const test = suite('quic/streams/receive-buffer')

function readAll(buffer: ReceiveBuffer): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let bytes = buffer.read(); bytes !== undefined; bytes = buffer.read()) {
    assert.ok(bytes.length > 0, 'an empty piece')
    pieces.push(bytes)
  }
  return concatBytes(pieces)
}

const gapsOf = (buffer: ReceiveBuffer): number => buffer['pending']?.gaps ?? 0

test('bytes in order can be read at once', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(0, Uint8Array.of(1, 2))
  assert.is(buffer.hasReadable, true)
  buffer.insert(2, Uint8Array.of(3))
  assert.equal(readAll(buffer), Uint8Array.of(1, 2, 3))
  assert.is(buffer.hasReadable, false)
  assert.is(buffer.readOffset, 3)
})

test('bytes behind a gap wait for it', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(2, Uint8Array.of(3, 4))
  assert.is(buffer.hasReadable, false)
  assert.is(gapsOf(buffer), 1)
  buffer.insert(0, Uint8Array.of(1, 2))
  assert.is(gapsOf(buffer), 0)
  assert.equal(readAll(buffer), Uint8Array.of(1, 2, 3, 4))
})

test('where bytes overlap the first ones are kept', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(2, Uint8Array.of(3, 4))
  buffer.insert(1, Uint8Array.of(9, 9, 9, 9))
  buffer.insert(0, Uint8Array.of(1, 8))
  buffer.insert(0, Uint8Array.of(7, 7, 7, 7, 7))
  assert.equal(readAll(buffer), Uint8Array.of(1, 9, 3, 4, 9))
})

test('pieces in any order, cut and repeated at random, make the same bytes', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed)
    const scale = [4, 40, 700, 3000][seed % 4]!
    const source = random.randomBytes(1 + random.int(scale * 30))
    const buffer = new ReceiveBuffer()
    const has = new Uint8Array(source.length)
    const read: Uint8Array[] = []
    for (let i = 0; i < 400; i++) {
      const start = random.int(source.length)
      const end = Math.min(source.length, start + random.int(scale + 1))
      buffer.insert(start, source.slice(start, end))
      has.fill(1, start, end)
      const missing = has.indexOf(0)
      assert.is(buffer.contiguousEnd, missing === -1 ? source.length : missing)
      let gaps = 0
      for (let at = buffer.contiguousEnd; at < source.length; at++) {
        if (has[at] === 1 && has[at - 1] === 0) gaps++
      }
      assert.is(gapsOf(buffer), gaps)
      if (random.chance(0.2)) read.push(readAll(buffer))
    }
    buffer.insert(0, source.slice())
    read.push(readAll(buffer))
    assert.equal(concatBytes(read), source, `seed ${seed}`)
    assert.is(buffer.pieces, 0)
  }
})

test('a small piece of a large buffer does not pin it', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(0, new Uint8Array(64 * 1024).subarray(0, 1000))
  assert.is(buffer.read()!.buffer.byteLength, 1000)
  buffer.insert(5000, new Uint8Array(64 * 1024).subarray(0, 1))
  buffer.insert(1000, new Uint8Array(4000))
  const [, last] = [buffer.read(), buffer.read()]
  assert.is(last!.buffer.byteLength, 1)
})

test('a large piece is handed on without a copy', () => {
  const buffer = new ReceiveBuffer()
  const bytes = new Uint8Array(1200)
  buffer.insert(0, bytes.subarray(20, 1184))
  assert.is(buffer.read()!.buffer, bytes.buffer)
})

test('bytes that come one by one in order cost few pieces', () => {
  const buffer = new ReceiveBuffer()
  for (let i = 0; i < 100_000; i++) buffer.insert(i, Uint8Array.of(i))
  assert.ok(buffer.pieces < 50, `${buffer.pieces} pieces`)
  const all = readAll(buffer)
  assert.is(all.length, 100_000)
  for (let i = 0; i < all.length; i++) if (all[i] !== (i & 0xff)) assert.unreachable(`byte ${i}`)
})

test('bytes that come one by one behind a gap cost few pieces', () => {
  for (const backwards of [false, true]) {
    const buffer = new ReceiveBuffer()
    const total = 20_000
    let most = 0
    for (let i = 0; i < total; i++) {
      const offset = 1 + (backwards ? total - 1 - i : i)
      buffer.insert(offset, Uint8Array.of(offset))
      most = Math.max(most, buffer.pieces)
    }
    assert.is(gapsOf(buffer), 1)
    assert.ok(most < 64 + total / 256 + 5, `${most} pieces`)
    buffer.insert(0, Uint8Array.of(0))
    const all = readAll(buffer)
    assert.is(all.length, total + 1)
    for (let i = 0; i < all.length; i++) if (all[i] !== (i & 0xff)) assert.unreachable(`byte ${i}`)
  }
})

test('what was read is never written again', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(0, Uint8Array.of(1, 2))
  const first = buffer.read()!
  buffer.insert(2, Uint8Array.of(3, 4))
  buffer.read()
  assert.equal(first, Uint8Array.of(1, 2))
})

test('after it is discarded nothing is held', () => {
  const buffer = new ReceiveBuffer()
  buffer.insert(0, new Uint8Array(10))
  buffer.insert(20, new Uint8Array(10))
  buffer.discard()
  assert.is(buffer.pieces, 0)
  assert.is(buffer.hasReadable, false)
  assert.is(gapsOf(buffer), 0)
})

test.run()
