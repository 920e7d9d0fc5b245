import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UndecryptablePackets } from '../../../src/quic/connection/undecryptable.ts'
import {
  MAX_UNDECRYPTABLE_BYTES,
  MAX_UNDECRYPTABLE_PACKETS,
  UNDECRYPTABLE_LIFETIME,
} from '../../../src/quic/limits.ts'

const test = suite('quic/connection/undecryptable')
const NOW = 1000

test('packets come back in the order in which they came, once', () => {
  const kept = new UndecryptablePackets()
  kept.add(Uint8Array.of(1), NOW)
  kept.add(Uint8Array.of(2), NOW)
  assert.is(kept.isEmpty, false)
  assert.equal(kept.take(), [Uint8Array.of(1), Uint8Array.of(2)])
  assert.equal(kept.take(), [])
  assert.is(kept.isEmpty, true)
})

test('no more packets are kept than the cap', () => {
  const kept = new UndecryptablePackets()
  for (let i = 0; i < MAX_UNDECRYPTABLE_PACKETS; i++)
    assert.is(kept.add(Uint8Array.of(i), NOW), true)
  assert.is(kept.add(Uint8Array.of(0), NOW), false)
  assert.is(kept.take().length, MAX_UNDECRYPTABLE_PACKETS)
})

test('no more bytes are kept than the cap', () => {
  const kept = new UndecryptablePackets()
  assert.is(kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES - 10), NOW), true)
  assert.is(kept.add(new Uint8Array(11), NOW), false)
  assert.is(kept.add(new Uint8Array(10), NOW), true)
  kept.take()
  assert.is(kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES), NOW), true)
})

test('what is kept does not pin the datagram that it came in', () => {
  const kept = new UndecryptablePackets()
  kept.add(new Uint8Array(60_000).subarray(0, 100), NOW)
  assert.is(kept.take()[0]!.buffer.byteLength, 100)
})

test('each packet is forgotten when its time is over, and its bytes make room', () => {
  const kept = new UndecryptablePackets()
  assert.is(kept.nextTimeout, undefined)
  kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES - 1), NOW)
  kept.add(Uint8Array.of(2), NOW + 30)
  assert.is(kept.nextTimeout, NOW + UNDECRYPTABLE_LIFETIME)
  assert.is(kept.onTimeout(NOW + UNDECRYPTABLE_LIFETIME - 1), 0)
  assert.is(kept.onTimeout(NOW + UNDECRYPTABLE_LIFETIME), 1)
  assert.is(kept.nextTimeout, NOW + 30 + UNDECRYPTABLE_LIFETIME)
  assert.is(kept.add(new Uint8Array(MAX_UNDECRYPTABLE_BYTES - 1), NOW + 100), true)
  assert.is(kept.add(Uint8Array.of(3), NOW + 100), false)
  assert.is(kept.onTimeout(NOW + 10_000), 2)
  assert.is(kept.nextTimeout, undefined)
  assert.is(kept.isEmpty, true)
})

test.run()
