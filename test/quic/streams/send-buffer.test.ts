import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SendBuffer } from '../../../src/quic/streams/send-buffer.ts'
import { Random } from '../../../src/sim/index.ts'

const test = suite('quic/streams/send-buffer')

function take(buffer: SendBuffer, max: number): { offset: number; bytes: Uint8Array } {
  const offset = buffer.nextOffset()
  const length = buffer.nextLength(max)
  const bytes = new Uint8Array(length + 2)
  if (length > 0) buffer.take(length, bytes, 1)
  assert.is(bytes[0]! + bytes[length + 1]!, 0, 'it writes where it was told to')
  return { offset, bytes: bytes.subarray(1, 1 + length) }
}

test('bytes go out in order, across the chunks in which they were written', () => {
  const buffer = new SendBuffer()
  buffer.write(Uint8Array.of(1, 2, 3))
  buffer.write(new Uint8Array(0))
  buffer.write(Uint8Array.of(4, 5))
  assert.equal(take(buffer, 4), { offset: 0, bytes: Uint8Array.of(1, 2, 3, 4) })
  assert.equal(take(buffer, 4), { offset: 4, bytes: Uint8Array.of(5) })
  assert.is(buffer.unsent, 0)
  assert.is(take(buffer, 4).bytes.length, 0)
})

test('lost bytes go out before new ones', () => {
  const buffer = new SendBuffer()
  buffer.write(Uint8Array.of(1, 2, 3, 4, 5, 6))
  take(buffer, 4)
  buffer.onLost(1, 2)
  assert.is(buffer.hasLost, true)
  assert.equal(take(buffer, 10), { offset: 1, bytes: Uint8Array.of(2, 3) })
  assert.equal(take(buffer, 10), { offset: 4, bytes: Uint8Array.of(5, 6) })
})

test('bytes that were acknowledged through another packet are not sent again', () => {
  const buffer = new SendBuffer()
  buffer.write(new Uint8Array(10))
  take(buffer, 10)
  buffer.onAcked(3, 4)
  buffer.onLost(0, 10)
  assert.is(take(buffer, 10).offset, 0)
  assert.is(take(buffer, 10).offset, 7)
  assert.is(buffer.hasLost, false)
  buffer.onLost(0, 3)
  buffer.onAcked(0, 3)
  assert.is(buffer.hasLost, false)
})

test('all is acknowledged only when the beginning is too', () => {
  const buffer = new SendBuffer()
  assert.is(buffer.allAcked, true)
  buffer.write(new Uint8Array(10))
  assert.is(buffer.allAcked, false)
  take(buffer, 10)
  buffer.onAcked(5, 5)
  assert.is(buffer.allAcked, false)
  buffer.onAcked(0, 5)
  assert.is(buffer.allAcked, true)
})

test('what is given up is neither sent nor counted', () => {
  const buffer = new SendBuffer()
  buffer.write(new Uint8Array(10))
  take(buffer, 4)
  buffer.onLost(0, 4)
  buffer.discard()
  assert.is(buffer.end, 4)
  assert.is(buffer.unsent, 0)
  assert.is(buffer.hasLost, false)
})

test('random sends, losses, repetitions and acknowledgments bring every byte, none after its acknowledgment', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed)
    const buffer = new SendBuffer()
    const written: number[] = []
    const acked: boolean[] = []
    let flying: { offset: number; length: number }[] = []
    const send = () => {
      const max = 1 + random.int(50)
      const { offset, bytes } = take(buffer, max)
      for (let i = 0; i < bytes.length; i++) {
        assert.is(bytes[i], written[offset + i], `seed ${seed}, byte ${offset + i}`)
        assert.is(acked[offset + i] ?? false, false, `seed ${seed}: acknowledged byte sent again`)
      }
      if (bytes.length > 0) flying.push({ offset, length: bytes.length })
    }
    const settle = (lossRate: number) => {
      const piece = flying.splice(random.int(flying.length), 1)[0]
      if (piece === undefined) return
      if (random.chance(lossRate)) {
        buffer.onLost(piece.offset, piece.length)
        // A probe repeats what is still on its way: the same piece may be settled twice.
        if (random.chance(0.3)) flying.push(piece)
      } else {
        buffer.onAcked(piece.offset, piece.length)
        for (let i = 0; i < piece.length; i++) acked[piece.offset + i] = true
      }
    }
    for (let step = 0; step < 300; step++) {
      const choice = random.int(4)
      if (choice === 0) {
        const bytes = random.randomBytes(random.int(60))
        written.push(...bytes)
        buffer.write(bytes)
      } else if (choice === 1) settle(0.4)
      else send()
      assert.is(buffer.end, written.length)
    }
    for (let rounds = 0; !buffer.allAcked; rounds++) {
      assert.ok(rounds < 10_000, `seed ${seed}: it never ends`)
      send()
      settle(0)
    }
    assert.is(acked.filter(Boolean).length, written.length)
    flying = []
  }
})

test.run()
