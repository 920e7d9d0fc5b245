import type { DatagramBatch, SocketAddress } from '../../quic/index.ts'
import type { FfiSocket } from './ffi-socket.ts'
import {
  EAGAIN,
  EINVAL,
  EIO,
  EMSGSIZE,
  MAX_SEGMENTS,
  MAX_UDP_PAYLOAD,
  MSG_DONTWAIT,
  SOL_UDP,
  UDP_SEGMENT,
} from './linux.ts'
import {
  CMSG_DATA,
  CMSG_LEVEL,
  CMSG_TYPE,
  CMSG_U16_LENGTH,
  CMSG_U16_SPACE,
  IOVEC_LENGTH,
  IOVEC_SIZE,
  MSGHDR_CONTROL,
  MSGHDR_CONTROL_LENGTH,
  MSGHDR_IOVEC,
  MSGHDR_IOVEC_COUNT,
  MSGHDR_NAME,
  MSGHDR_NAME_LENGTH,
  MSGHDR_SIZE,
} from './message-layout.ts'
import { NativeMemory } from './native-memory.ts'
import { encodeSockaddr } from './sockaddr.ts'
import type { SocketLibc } from './socket-libc.ts'

const NAME_AT = 0
const CONTROL_AT = 32
const MESSAGE_AT = CONTROL_AT + CMSG_U16_SPACE
const IOVECS_AT = MESSAGE_AT + MSGHDR_SIZE
const MEMORY_SIZE = IOVECS_AT + MAX_SEGMENTS * IOVEC_SIZE

/**
 * Sends batches by `sendmsg`, straight out of their buffers. Datagrams in a row of one size to one
 * remote, of which the last may be shorter, are one call (GSO). One of these serves any number of
 * sockets: no call outlasts `send`.
 */
export class SegmentSender {
  private readonly libc: SocketLibc
  private readonly memory: NativeMemory
  private readonly message: bigint
  private readonly addresses = new WeakMap<ArrayBufferLike, number>()
  /** Undefined in them: no address for a socket of that family. */
  private readonly ipv4Names = new WeakMap<SocketAddress, Uint8Array>()
  private readonly ipv6Names = new WeakMap<SocketAddress, Uint8Array>()
  /** What the memory holds as the destination. */
  private name: Uint8Array | undefined = undefined

  constructor(libc: SocketLibc) {
    this.libc = libc
    const memory = new NativeMemory(libc, MEMORY_SIZE)
    this.memory = memory
    this.message = memory.pointerTo(MESSAGE_AT)
    memory.setPointer(MESSAGE_AT + MSGHDR_NAME, memory.address + NAME_AT)
    memory.setPointer(MESSAGE_AT + MSGHDR_IOVEC, memory.address + IOVECS_AT)
    memory.setWord(CONTROL_AT, CMSG_U16_LENGTH)
    memory.setWord(CONTROL_AT + CMSG_LEVEL, SOL_UDP)
    memory.setWord(CONTROL_AT + CMSG_TYPE, UDP_SEGMENT)
  }

  /**
   * Sends what there is from `first` on. What cannot be sent is lost, and counted by the socket.
   * Returns where it had to stop because the socket has no room now; the batch's count if nowhere.
   */
  send(socket: FfiSocket, batch: DatagramBatch, first: number): number {
    for (let i = first; i < batch.count; ) {
      const count = socket.segments ? runLength(batch, i) : 1
      const remote = batch.remotes[i]!
      if (remote.port === 0 || !this.aim(socket, remote)) {
        socket.refusedCount += count
      } else {
        const errno = this.sendRun(socket, batch, i, count)
        if (errno === EAGAIN) return i
        if (count > 1 && (errno === EIO || errno === EINVAL || errno === EMSGSIZE)) {
          const stop = this.sendSingly(socket, batch, i, count, errno)
          if (stop < i + count) return stop
        } else if (errno !== 0) socket.refusedCount += count
      }
      i += count
    }
    return batch.count
  }

  /**
   * A run that was refused as a whole. Devices and kernels without GSO say EIO or EINVAL; but so they do
   * of what is larger than the link, and then it is refused alone as well.
   */
  private sendSingly(
    socket: FfiSocket,
    batch: DatagramBatch,
    first: number,
    count: number,
    blame: number,
  ): number {
    for (let i = first; i < first + count; i++) {
      const errno = this.sendRun(socket, batch, i, 1)
      if (errno === EAGAIN) return i
      if (errno !== 0) socket.refusedCount++
      else if (i === first && blame !== EMSGSIZE) socket.segments = false
    }
    return first + count
  }

  /** One call; 0 or its errno. */
  private sendRun(socket: FfiSocket, batch: DatagramBatch, first: number, count: number): number {
    const { libc, memory } = this
    for (let i = 0; i < count; i++) {
      const datagram = batch.datagrams[first + i]!
      const at = IOVECS_AT + i * IOVEC_SIZE
      memory.setPointer(at, this.addressOf(datagram.buffer) + datagram.byteOffset)
      memory.setWord(at + IOVEC_LENGTH, datagram.length)
    }
    memory.setWord(MESSAGE_AT + MSGHDR_IOVEC_COUNT, count)
    if (count > 1) {
      memory.setPointer(MESSAGE_AT + MSGHDR_CONTROL, memory.address + CONTROL_AT)
      memory.setWord(MESSAGE_AT + MSGHDR_CONTROL_LENGTH, CMSG_U16_SPACE)
      memory.setWord(CONTROL_AT + CMSG_DATA, batch.datagrams[first]!.length)
    } else {
      memory.setPointer(MESSAGE_AT + MSGHDR_CONTROL, 0)
      memory.setWord(MESSAGE_AT + MSGHDR_CONTROL_LENGTH, 0)
    }
    return libc.sendmsg(socket.fd, this.message, MSG_DONTWAIT) < 0 ? libc.errno() : 0
  }

  /** Once a buffer: a batch has the same ones again and again. */
  private addressOf(buffer: ArrayBufferLike): number {
    let address = this.addresses.get(buffer)
    if (address === undefined) {
      address = this.libc.addressOf(buffer)
      this.addresses.set(buffer, address)
    }
    return address
  }

  /** Makes `remote` the destination; false if it cannot be. */
  private aim(socket: FfiSocket, remote: SocketAddress): boolean {
    const names = socket.isIPv6 ? this.ipv6Names : this.ipv4Names
    let name = names.get(remote)
    if (name === undefined) {
      name = encodeSockaddr(remote, socket.isIPv6)
      if (name === undefined) return false
      names.set(remote, name)
    }
    if (name !== this.name) {
      this.memory.bytes.set(name, NAME_AT)
      this.memory.setWord(MESSAGE_AT + MSGHDR_NAME_LENGTH, name.length)
      this.name = name
    }
    return true
  }
}

/** How many datagrams from `first` on can be one message. */
function runLength({ count, datagrams, remotes }: DatagramBatch, first: number): number {
  const size = datagrams[first]!.length
  const remote = remotes[first]!
  const end = Math.min(count, first + MAX_SEGMENTS)
  let total = size
  let i = first + 1
  for (; i < end && size > 0; i++) {
    const { length } = datagrams[i]!
    // A segment of nothing would not be sent.
    if (length === 0 || length > size || !isSame(remotes[i]!, remote)) break
    total += length
    if (total > MAX_UDP_PAYLOAD) break
    if (length < size) return i + 1 - first
  }
  return i - first
}

function isSame(a: SocketAddress, b: SocketAddress): boolean {
  return a === b || (a.port === b.port && a.address === b.address)
}
