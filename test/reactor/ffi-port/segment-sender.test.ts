import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DatagramBatch, type SocketAddress } from '../../../src/quic/index.ts'
import { FfiSocket } from '../../../src/reactor/ffi-port/ffi-socket.ts'
import { SegmentSender } from '../../../src/reactor/ffi-port/segment-sender.ts'
import { FakeLibc } from './fake-libc.ts'

const test = suite('reactor/ffi-port/segment-sender')

const A: SocketAddress = { address: '10.0.0.1', port: 1001 }
const B: SocketAddress = { address: '10.0.0.2', port: 1002 }
const [EIO, EAGAIN, EINVAL, EMSGSIZE, ENOBUFS] = [5, 11, 22, 90, 105]

function create(address = '127.0.0.1') {
  const libc = new FakeLibc()
  const socket = FfiSocket.bind(libc, { address, port: 0, ipv6Only: false })
  const sender = new SegmentSender(libc)
  return { libc, socket, sender }
}

/** Datagrams of these lengths; the bytes of each are its number. */
function batchOf(
  lengths: readonly number[],
  remoteOf: (index: number) => SocketAddress = () => A,
): DatagramBatch {
  const batch = new DatagramBatch(lengths.length, () => new Uint8Array(70_000))
  for (const [index, length] of lengths.entries()) {
    batch.next()?.fill(index)
    batch.commit(length, remoteOf(index), A)
  }
  return batch
}

/** Of each call: the segment size, the port, and the lengths. */
function callsOf(libc: FakeLibc): (readonly [number, number, ...number[]])[] {
  return libc.messages.map(
    ({ segmentSize, port, iovecs }) =>
      [segmentSize, port, ...iovecs.map(({ length }) => length)] as const,
  )
}

test('datagrams of one size are one call, and a shorter one ends it', () => {
  const { libc, sender, socket } = create()
  const lengths = [1200, 1200, 1200, 800, 800, 900, 1200]
  assert.is(sender.send(socket, batchOf(lengths), 0), lengths.length)
  assert.equal(callsOf(libc), [
    [1200, 1001, 1200, 1200, 1200, 800],
    [0, 1001, 800],
    [900, 1001, 900].with(0, 0) as [number, number, number],
    [0, 1001, 1200],
  ])
  for (const [index, iovec] of libc.messages.flatMap(({ iovecs }) => iovecs).entries())
    assert.equal(iovec, new Uint8Array(lengths[index]!).fill(index))
})

test('one call has one destination', () => {
  const { libc, sender, socket } = create()
  const sameAsA = { ...A }
  const remotes = [A, sameAsA, B, B, A]
  sender.send(
    socket,
    batchOf([5, 5, 5, 5, 5], (i) => remotes[i]!),
    0,
  )
  assert.equal(callsOf(libc), [
    [5, 1001, 5, 5],
    [5, 1002, 5, 5],
    [0, 1001, 5],
  ])
})

test('one call has at most 64 datagrams, and what one IPv4 packet could hold', () => {
  const { libc, sender, socket } = create()
  sender.send(socket, batchOf(new Array<number>(130).fill(100)), 0)
  assert.equal(
    libc.messages.map(({ iovecs }) => iovecs.length),
    [64, 64, 2],
  )
  libc.messages.length = 0
  sender.send(socket, batchOf(new Array<number>(16).fill(9000)), 0)
  assert.equal(
    libc.messages.map(({ iovecs }) => iovecs.length),
    [7, 7, 2],
  )
})

test('an empty datagram is a call of its own', () => {
  const { libc, sender, socket } = create()
  sender.send(socket, batchOf([3, 0, 0, 3]), 0)
  assert.equal(callsOf(libc), [
    [0, 1001, 3],
    [0, 1001, 0],
    [0, 1001, 0],
    [0, 1001, 3],
  ])
})

test('a batch that is filled again is sent from the same buffers', () => {
  const { libc, sender, socket } = create()
  const batch = batchOf([4, 4])
  sender.send(socket, batch, 0)
  batch.clear()
  batch.next()?.fill(77)
  batch.commit(6, B, A)
  sender.send(socket, batch, 0)
  assert.equal(libc.messages.at(-1)?.iovecs, [new Uint8Array(6).fill(77)])
  assert.is(libc.messages.at(-1)?.port, 1002)
})

test('a socket of IPv6 has sockaddrs of IPv6 only', () => {
  const { libc, sender, socket } = create('::')
  sender.send(
    socket,
    batchOf([1, 1], (i) => (i === 0 ? A : { address: '2001:db8::1', port: 9 })),
    0,
  )
  assert.equal(
    libc.messages.map(({ addressFamily }) => addressFamily),
    [10, 10],
  )
})

test('what has no destination of that family is lost, and nothing else', () => {
  const { libc, sender, socket } = create()
  const remotes = [
    { address: '2001:db8::1', port: 9 },
    { address: 'nobody', port: 9 },
    { address: '10.0.0.1', port: 0 },
    A,
  ]
  assert.is(
    sender.send(
      socket,
      batchOf([1, 1, 1, 1], (i) => remotes[i]!),
      0,
    ),
    4,
  )
  assert.equal(callsOf(libc), [[0, 1001, 1]])
  assert.is(socket.refusedCount, 3)
})

for (const [name, errno] of [
  ['EIO', EIO],
  ['EINVAL', EINVAL],
] as const) {
  test(`where GSO is answered with ${name}, datagrams go one by one, now and ever after`, () => {
    const { libc, sender, socket } = create()
    libc.refusal = ({ segmentSize }) => (segmentSize > 0 ? errno : 0)
    assert.is(sender.send(socket, batchOf([9, 9, 9, 4]), 0), 4)
    assert.is(socket.segments, false)
    assert.is(socket.refusedCount, 0)
    libc.refusal = () => 0
    sender.send(socket, batchOf([9, 9]), 0)
    assert.equal(
      callsOf(libc),
      [9, 9, 9, 4, 9, 9].map((length) => [0, 1001, length] as [number, number, number]),
    )
  })
}

test('datagrams that are too large for the link say nothing about GSO', () => {
  for (const errno of [EINVAL, EMSGSIZE]) {
    const { libc, sender, socket } = create()
    libc.refusal = ({ segmentSize, iovecs }) =>
      segmentSize > 1400 ? errno : iovecs[0]!.length > 1400 ? EMSGSIZE : 0
    assert.is(sender.send(socket, batchOf([1500, 1500, 1200, 1300, 1300]), 0), 5)
    assert.is(socket.segments, true)
    assert.is(socket.refusedCount, 2)
    assert.equal(callsOf(libc), [
      [0, 1001, 1200],
      [1300, 1001, 1300, 1300],
    ])
  }
})

test('what the kernel has no memory for, or forbids, is lost', () => {
  const { libc, sender, socket } = create()
  libc.refusal = ({ port }) => (port === 1002 ? ENOBUFS : 0)
  const batch = batchOf([7, 7, 7, 7], (i) => (i < 2 ? B : A))
  assert.is(sender.send(socket, batch, 0), 4)
  assert.is(socket.refusedCount, 2)
  assert.is(socket.segments, true)
  assert.equal(callsOf(libc), [[7, 1001, 7, 7]])
})

test('a socket without room stops it at the datagram that had none', () => {
  const { libc, sender, socket } = create()
  const batch = batchOf([7, 7, 8, 8], () => A)
  libc.refusal = ({ iovecs }) => (iovecs[0]!.length === 8 ? EAGAIN : 0)
  assert.is(sender.send(socket, batch, 0), 2)
  libc.refusal = () => 0
  assert.is(sender.send(socket, batch, 2), 4)
  assert.equal(callsOf(libc), [
    [7, 1001, 7, 7],
    [8, 1001, 8, 8],
  ])
  assert.is(socket.refusedCount, 0)
})

test('so it does among datagrams that go one by one', () => {
  const { libc, sender, socket } = create()
  let room = 1
  libc.refusal = ({ segmentSize }) => (segmentSize > 0 ? EIO : room-- > 0 ? 0 : EAGAIN)
  assert.is(sender.send(socket, batchOf([7, 7, 7]), 0), 1)
})

test.run()
