import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UndecryptablePackets } from '../../../src/quic/connection/undecryptable.ts'
import { MAX_UNDECRYPTABLE_BYTES, MAX_UNDECRYPTABLE_PACKETS } from '../../../src/quic/limits.ts'

const test = suite('quic/connection/undecryptable')

test('packets come back in the order in which they came, once', () => {
  const kept = new UndecryptablePackets()
  kept.add(Uint8Array.of(1))
  kept.add(Uint8Array.of(2))
  assert.is(kept.isEmpty, false)
  assert.equal(kept.take(), [Uint8Array.of(1), Uint8Array.of(2)])
  assert.equal(kept.take(), [])
  assert.is(kept.isEmpty, true)
})

test('no more packets are kept than the cap', () => {
  const kept = new UndecryptablePackets()
  for (let i = 0; i < MAX_UNDECRYPTABLE_PACKETS; i++) assert.is(kept.add(Uint8Array.of(i)), true)
  assert.is(kept.add(Uint8Array.of(0)), false)
  assert.is(kept.take().length, MAX_UNDECRYPTABLE_PACKETS)
})

test('no more bytes are kept than the cap', () => {
  const kept = new UndecryptablePackets()
  assert.is(kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES - 10)), true)
  assert.is(kept.add(new Uint8Array(11)), false)
  assert.is(kept.add(new Uint8Array(10)), true)
  kept.take()
  assert.is(kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES)), true)
})

test('what is kept does not pin the datagram that it came in', () => {
  const kept = new UndecryptablePackets()
  kept.add(new Uint8Array(60_000).subarray(0, 100))
  assert.is(kept.take()[0]!.buffer.byteLength, 100)
})

test.run()
