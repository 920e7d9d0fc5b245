import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatagramMeta } from '../../../src/quic/index.ts'
import { DatagramReceiver } from '../../../src/reactor/ffi-port/datagram-receiver.ts'
import { RECEIVE_SLOTS } from '../../../src/reactor/limits.ts'
import { FakeLibc } from './fake-libc.ts'

const test = suite('reactor/ffi-port/datagram-receiver')
const LOCAL = { address: '127.0.0.1', port: 1 }

function create() {
  const libc = new FakeLibc()
  const receiver = new DatagramReceiver(libc)
  const received: { datagram: Uint8Array; meta: DatagramMeta }[] = []
  const sink = {
    receive: (datagram: Uint8Array, meta: DatagramMeta) => received.push({ datagram, meta }),
  }
  return { libc, received, take: (most: number) => receiver.receive(3, most, LOCAL, sink) }
}

test('each datagram has memory of its own, as much as it needs, and who sent it', () => {
  const { libc, received, take } = create()
  libc.arrive(Uint8Array.of(1, 2, 3), 40)
  libc.arrive(new Uint8Array(0), 40)
  libc.arrive(Uint8Array.of(4), 41)
  assert.is(take(10), 3)
  libc.arrive(Uint8Array.of(9, 9, 9), 42)
  assert.is(take(10), 1)
  assert.equal(
    received.map(({ datagram }) => datagram),
    [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4), Uint8Array.of(9, 9, 9)],
  )
  for (const { datagram } of received) assert.is(datagram.buffer.byteLength, datagram.length)
  assert.equal(
    received.map(({ meta }) => meta.remote.port),
    [40, 40, 41, 42],
  )
  assert.equal(received[0]!.meta, {
    remote: { address: '127.0.0.1', port: 40 },
    local: LOCAL,
    ecn: 0,
  })
})

test('no more are taken than are wanted, or than there is room for', () => {
  const { libc, received, take } = create()
  for (let i = 0; i < RECEIVE_SLOTS + 10; i++) libc.arrive(Uint8Array.of(i), 40)
  assert.is(take(0), 0)
  assert.is(take(-3), 0)
  assert.is(take(4), 4)
  assert.is(take(1000), RECEIVE_SLOTS)
  assert.is(take(1000), 6)
  assert.is(take(1000), 0)
  assert.equal(
    received.map(({ datagram }) => datagram[0]),
    Array.from({ length: RECEIVE_SLOTS + 10 }, (_, i) => i),
  )
})

test('what is larger than a datagram of ours, or comes from port 0, is dropped', () => {
  const { libc, received, take } = create()
  libc.arrive(new Uint8Array(9001), 40)
  libc.arrive(Uint8Array.of(1), 0)
  libc.arrive(new Uint8Array(9000), 40)
  assert.is(take(10), 3)
  assert.equal(
    received.map(({ datagram }) => datagram.length),
    [9000],
  )
})

test.run()
