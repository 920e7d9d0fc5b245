import { type BindOptions, createSocket, type Socket, type SocketType } from 'node:dgram'
import { isIPv4, isIPv6 } from 'node:net'
import type { DatagramBatch, DatagramMeta, SocketAddress } from '../quic/index.ts'
import { SOCKET_BUFFER_SIZE } from './limits.ts'
import type { DatagramSink, UdpPort } from './udp-port.ts'

export interface DgramPortOptions {
  /** An IP literal; default `::`, which takes IPv4 as well. */
  readonly address?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether a socket on `::` refuses IPv4; default false. */
  readonly ipv6Only?: boolean
}

const MAPPED_PREFIX = '::ffff:'

/**
 * A port on a socket of node:dgram.
 *
 * IPv4 addresses on a socket that takes both families are written as IPv4 outside of it, not as
 * IPv6-mapped. On a socket that is bound to a wildcard the local address of what arrives is that
 * wildcard: dgram does not tell more. Nor does it tell ECN marks.
 */
export class DgramPort implements UdpPort {
  readonly address: SocketAddress
  readonly refusesFragments = false
  /** Errors that the socket reported since it was bound; they have no other effect. */
  errorCount = 0
  private readonly socket: Socket
  private readonly mapsIPv4: boolean
  /** The last one handed out: most datagrams in a row come from one peer. */
  private meta: DatagramMeta | undefined = undefined
  private closed: Promise<void> | undefined = undefined

  private constructor(socket: Socket) {
    const { address, port, family } = socket.address()
    this.socket = socket
    this.mapsIPv4 = family === 'IPv6'
    this.address = { address: unmap(address), port }
    socket.on('error', () => {
      this.errorCount++
    })
  }

  /** Rejects with the error of the system (`EADDRINUSE`, `EACCES`, …) or a `TypeError`. */
  static async bind(options: DgramPortOptions = {}): Promise<DgramPort> {
    const { address = '::', port = 0, ipv6Only = false } = options
    if (!isIPv4(address) && !isIPv6(address))
      throw new TypeError(`cannot bind to ${JSON.stringify(address)}: not an IP address`)
    const type = isIPv6(address) ? 'udp6' : 'udp4'
    const socket = createSocket({ type, ipv6Only, lookup: literalLookup })
    return DgramPort.listen(socket, { address, port })
  }

  /** On a bound socket of the system, which is the port's from then on; if it rejects, the caller's. */
  static async adopt(fd: number, type: SocketType): Promise<DgramPort> {
    // In a worker of node:cluster the socket would be shared with others.
    return DgramPort.listen(createSocket({ type, lookup: literalLookup }), { fd, exclusive: true })
  }

  private static async listen(socket: Socket, options: BindOptions): Promise<DgramPort> {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(error)
      })
      socket.bind(options, () => {
        socket.removeAllListeners('error')
        resolve()
      })
    })
    const bound = new DgramPort(socket)
    attempt(() => socket.setRecvBufferSize(SOCKET_BUFFER_SIZE))
    attempt(() => socket.setSendBufferSize(SOCKET_BUFFER_SIZE))
    return bound
  }

  start(sink: DatagramSink): void {
    const { socket, address: local } = this
    socket.removeAllListeners('message')
    socket.on('message', (message, { address, port }) => {
      // Nothing can be answered to port 0, and dgram would throw.
      if (port === 0) return
      const last = this.meta
      const meta =
        last !== undefined && last.remote.port === port && last.remote.address === address
          ? last
          : { remote: { address: unmap(address), port }, local, ecn: 0 as const }
      this.meta = meta
      // A Buffer is slower to slice, and another kind of object than what the core is tested with.
      sink.receive(new Uint8Array(message.buffer, message.byteOffset, message.length), meta)
    })
  }

  send(batch: DatagramBatch, done: () => void): void {
    this.sendFrom(batch, 0, done)
  }

  /** Sends the datagrams of the batch from number `first` on, of which there is one at least. */
  sendFrom(batch: DatagramBatch, first: number, done: () => void): void {
    const { socket, mapsIPv4 } = this
    const last = batch.count - 1
    for (let i = first; i <= last; i++) {
      const { address, port } = batch.remotes[i]!
      const target = mapsIPv4 && !address.includes(':') ? MAPPED_PREFIX + address : address
      // libuv sends in order, so the last datagram is done when all are. A callback for each would
      // cost a tick of its own; without one, dgram passes over errors silently.
      try {
        socket.send(batch.datagrams[i]!, port, target, i === last ? done : undefined)
      } catch {
        this.errorCount++
        if (i === last) done()
      }
    }
  }

  close(): Promise<void> {
    this.closed ??= new Promise((resolve) => this.socket.close(() => resolve()))
    return this.closed
  }

  ref(): void {
    this.socket.ref()
  }

  unref(): void {
    this.socket.unref()
  }
}

/** dgram looks up the address of every datagram; ours are literals, and a tick each is saved. */
function literalLookup(
  address: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, address.includes(':') ? 6 : 4)
}

function unmap(address: string): string {
  return address.startsWith(MAPPED_PREFIX) && address.includes('.')
    ? address.slice(MAPPED_PREFIX.length)
    : address
}

/** For what the kernel may refuse without harm. */
function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // It keeps what it has.
  }
}
