import { DatagramBatch, type SocketAddress } from '../../quic/index.ts'
import { SELF_TEST_TIMEOUT } from '../limits.ts'
import type { FfiCalls } from './ffi-calls.ts'
import { FfiSocket } from './ffi-socket.ts'
import { MSG_WAITFORONE, SO_RCVTIMEO, SOL_SOCKET } from './linux.ts'
import { decodeSockaddr } from './sockaddr.ts'

const LOOPBACK = '127.0.0.1'
/** Two trains of segments, and a datagram alone. */
const SIZES: readonly number[] = [1200, 1200, 1200, 700, 1100, 1100, 1150]

/**
 * Sends datagrams over the loopback, by the same calls as ports do. Throws unless each arrives as it was:
 * a kernel that does not know GSO sends a train as one datagram.
 */
export function selfTest(calls: FfiCalls): void {
  const { libc } = calls
  const options = { address: LOOPBACK, port: 0, ipv6Only: false, blocking: true }
  const sockets: FfiSocket[] = []
  try {
    for (let i = 0; i < 2; i++) sockets.push(FfiSocket.bind(libc, options))
    const [from, to] = sockets as [FfiSocket, FfiSocket]
    // struct timeval: seconds, microseconds.
    const timeout = new BigInt64Array([0n, BigInt(SELF_TEST_TIMEOUT * 1000)])
    const value = new Uint8Array(timeout.buffer)
    libc.setsockopt(to.fd, SOL_SOCKET, SO_RCVTIMEO, value, value.length)
    const target = boundAddress(calls, to)
    const source = boundAddress(calls, from)
    if (calls.sender.send(from, trains(target), 0) !== SIZES.length || from.refusedCount > 0)
      throw new Error('datagrams over the loopback were refused')
    let arrived = 0
    const sink = {
      receive(datagram: Uint8Array, { remote }: { readonly remote: SocketAddress }): void {
        const isSame = remote.port === source.port && remote.address === source.address
        if (!isSame || !isIntact(datagram, arrived)) throw new Error('a datagram arrived changed')
        arrived++
      },
    }
    while (arrived < SIZES.length)
      if (calls.receiver.receive(to.fd, SIZES.length, target, sink, MSG_WAITFORONE) === 0)
        throw new Error('datagrams over the loopback did not arrive')
  } finally {
    for (const socket of sockets) libc.close(socket.fd)
  }
}

function boundAddress({ libc }: FfiCalls, socket: FfiSocket): SocketAddress {
  const sockaddr = new Uint8Array(28)
  const length = Uint8Array.of(sockaddr.length, 0, 0, 0)
  libc.getsockname(socket.fd, sockaddr, length)
  return decodeSockaddr(sockaddr)
}

function trains(target: SocketAddress): DatagramBatch {
  const batch = new DatagramBatch(SIZES.length, () => new Uint8Array(Math.max(...SIZES)))
  for (const [index, size] of SIZES.entries()) {
    batch.next()?.fill(index + 1)
    batch.commit(size, target, target)
  }
  return batch
}

function isIntact(datagram: Uint8Array, index: number): boolean {
  return datagram.length === SIZES[index] && datagram.every((byte) => byte === index + 1)
}
