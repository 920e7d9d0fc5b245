import type { DatagramMeta, SocketAddress } from '../../quic/index.ts'
import { MAX_DATAGRAM_SIZE } from '../../quic/index.ts'
import { RECEIVE_SLOTS } from '../limits.ts'
import type { DatagramSink } from '../udp-port.ts'
import { MSG_DONTWAIT, MSG_TRUNC } from './linux.ts'
import {
  IOVEC_LENGTH,
  IOVEC_SIZE,
  MMSGHDR_LENGTH,
  MMSGHDR_SIZE,
  MSGHDR_FLAGS,
  MSGHDR_IOVEC,
  MSGHDR_IOVEC_COUNT,
  MSGHDR_NAME,
  MSGHDR_NAME_LENGTH,
  SOCKADDR_SIZE,
} from './message-layout.ts'
import { NativeMemory } from './native-memory.ts'
import { RemoteTable } from './remote-table.ts'
import type { SocketLibc } from './socket-libc.ts'

const NAME_SPACE = 32
const IOVECS_AT = RECEIVE_SLOTS * MMSGHDR_SIZE
const NAMES_AT = IOVECS_AT + RECEIVE_SLOTS * IOVEC_SIZE
const SLOTS_AT = NAMES_AT + RECEIVE_SLOTS * NAME_SPACE
const SLOT_SIZE = MAX_DATAGRAM_SIZE
const MEMORY_SIZE = SLOTS_AT + RECEIVE_SLOTS * SLOT_SIZE

/**
 * Takes what waits in a socket by `recvmmsg`, many datagrams a call. One of these serves any number of
 * sockets: nothing is left in its memory when `receive` returns.
 */
export class DatagramReceiver {
  private readonly libc: SocketLibc
  private readonly memory: NativeMemory
  private readonly messages: bigint
  private readonly remotes = new RemoteTable()

  constructor(libc: SocketLibc) {
    this.libc = libc
    const memory = new NativeMemory(libc, MEMORY_SIZE)
    this.memory = memory
    this.messages = memory.pointerTo(0)
    for (let i = 0; i < RECEIVE_SLOTS; i++) {
      const message = i * MMSGHDR_SIZE
      const iovec = IOVECS_AT + i * IOVEC_SIZE
      memory.setPointer(message + MSGHDR_NAME, memory.address + NAMES_AT + i * NAME_SPACE)
      memory.setPointer(message + MSGHDR_IOVEC, memory.address + iovec)
      memory.setWord(message + MSGHDR_IOVEC_COUNT, 1)
      memory.setPointer(iovec, memory.address + SLOTS_AT + i * SLOT_SIZE)
      memory.setWord(iovec + IOVEC_LENGTH, SLOT_SIZE)
    }
  }

  /**
   * Hands over at most `most` of the datagrams that wait in the socket, each in memory of its own.
   * Returns how many there were; one that is larger than we ever take is dropped.
   */
  receive(
    fd: number,
    most: number,
    local: SocketAddress,
    sink: DatagramSink,
    flags: number = MSG_DONTWAIT,
  ): number {
    const { memory } = this
    const room = Math.min(most, RECEIVE_SLOTS)
    if (room <= 0) return 0
    for (let i = 0; i < room; i++)
      memory.setWord(i * MMSGHDR_SIZE + MSGHDR_NAME_LENGTH, SOCKADDR_SIZE)
    const count = this.libc.recvmmsg(fd, this.messages, room, flags, 0n)
    let meta: DatagramMeta | undefined
    for (let i = 0; i < count; i++) {
      if ((memory.getWord(i * MMSGHDR_SIZE + MSGHDR_FLAGS) & MSG_TRUNC) !== 0) continue
      const remote = this.remotes.find(memory.words, (NAMES_AT + i * NAME_SPACE) >>> 2)
      // Nothing can be answered to port 0.
      if (remote.port === 0) continue
      if (meta?.remote !== remote) meta = { remote, local, ecn: 0 }
      const start = SLOTS_AT + i * SLOT_SIZE
      const length = memory.getWord(i * MMSGHDR_SIZE + MMSGHDR_LENGTH)
      sink.receive(memory.bytes.slice(start, start + length), meta)
    }
    return Math.max(count, 0)
  }
}
