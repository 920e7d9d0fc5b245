/**
 * The contract between the core and whatever moves datagrams: the reactor (real sockets, real time)
 * and the simulator (virtual both). The core is fed datagrams and time and asked for datagrams and
 * deadlines; it reads no clock and opens no socket. All times are milliseconds of one monotonic
 * clock, as fractions where the clock has them.
 */

export interface SocketAddress {
  readonly address: string
  readonly port: number
}

/** What came with a datagram. */
export interface DatagramMeta {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  /** The two ECN bits of the IP header (RFC 3168); 0 where the port can't read them. */
  readonly ecn: 0 | 1 | 2 | 3
}

/** The largest UDP payload that we ever build or take: one Ethernet jumbo frame. */
export const MAX_DATAGRAM_SIZE = 9000

/**
 * Datagrams on their way out, in buffers that the driver owns. The core asks for a buffer with
 * `next()`, fills it and calls `commit()`; the driver sends what was committed and calls `clear()`.
 */
export class DatagramBatch {
  readonly capacity: number
  count = 0
  /** Of each committed datagram: its bytes, and where it goes. */
  readonly datagrams: Uint8Array[] = []
  readonly remotes: SocketAddress[] = []
  readonly locals: SocketAddress[] = []
  private readonly buffers: Uint8Array[] = []
  private readonly createBuffer: () => Uint8Array

  /** @param capacity how many datagrams fit in */
  constructor(capacity: number, createBuffer: () => Uint8Array) {
    this.capacity = capacity
    this.createBuffer = createBuffer
  }

  /** A buffer for the next datagram; undefined when the batch is full. */
  next(): Uint8Array | undefined {
    if (this.count === this.capacity) return undefined
    let buffer = this.buffers[this.count]
    if (buffer === undefined) {
      buffer = this.createBuffer()
      this.buffers[this.count] = buffer
    }
    return buffer
  }

  /** The first `length` bytes of the buffer that `next()` gave are a datagram. */
  commit(length: number, remote: SocketAddress, local: SocketAddress): void {
    const index = this.count++
    this.datagrams[index] = this.buffers[index]!.subarray(0, length)
    this.remotes[index] = remote
    this.locals[index] = local
  }

  clear(): void {
    this.count = 0
  }
}

/** What a driver drives. `Endpoint` is one; tests have others. */
export interface DatagramMachine {
  /**
   * Takes one datagram. Its bytes belong to the machine from now on: the driver does not write to
   * them again. Never throws, whatever the bytes are.
   */
  receive(datagram: Uint8Array, meta: DatagramMeta, now: number): void
  /**
   * What a datagram belongs to: the same object for all of one connection, undefined for those of none.
   * Who has more datagrams than it can hand over at once gives each its share. Never throws.
   */
  flowOf?(datagram: Uint8Array): object | undefined
  /** To be called when `nextTimeout()` has passed; early or repeated calls do nothing. */
  onTimeout(now: number): void
  /** When `onTimeout` wants to be called; undefined for never. To be asked again after every other call. */
  nextTimeout(): number | undefined
  /**
   * Fills `out` with what is to be sent now. True when the batch became full and there may be more:
   * send, clear and call again.
   */
  transmit(now: number, out: DatagramBatch): boolean
}
