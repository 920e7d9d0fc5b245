import { isIPv4, isIPv6 } from 'node:net'
import type { DatagramBatch, DatagramMeta, SocketAddress } from '../../quic/index.ts'
import { DgramPort, type DgramPortOptions } from '../dgram-port.ts'
import { RECEIVE_SLOTS } from '../limits.ts'
import type { DatagramSink, UdpPort } from '../udp-port.ts'
import type { FfiCalls } from './ffi-calls.ts'
import { FfiSocket } from './ffi-socket.ts'

/**
 * A port on a socket that libc made and node:dgram took over. dgram watches it, reads the first of the
 * datagrams that wait, and ends it; the rest is read and everything is sent by calls of libc.
 *
 * GRO (UDP_GRO) is out of the question: dgram would read what the kernel put together without being
 * told where it has to be cut.
 */
export class FfiPort implements UdpPort, DatagramSink {
  readonly refusesFragments = true
  private readonly calls: FfiCalls
  private readonly socket: FfiSocket
  private readonly dgram: DgramPort
  private sink: DatagramSink | undefined = undefined
  /** Whatever the owner does with one datagram: once it has closed the port there is no other. */
  private readonly intake: DatagramSink = {
    receive: (datagram, meta) => {
      if (!this.closed) this.sink?.receive(datagram, meta)
    },
  }
  /** Batches that wait in dgram for room in the socket; what follows must not overtake them. */
  private waitingCount = 0
  private closed = false

  private constructor(calls: FfiCalls, socket: FfiSocket, dgram: DgramPort) {
    this.calls = calls
    this.socket = socket
    this.dgram = dgram
  }

  /** Rejects with errors like those of `DgramPort.bind`. */
  static async bind(calls: FfiCalls, options: DgramPortOptions = {}): Promise<FfiPort> {
    const { address = '::', port = 0, ipv6Only = false } = options
    if (!isIPv4(address) && !isIPv6(address))
      throw new TypeError(`cannot bind to ${JSON.stringify(address)}: not an IP address`)
    const { libc } = calls
    const socket = FfiSocket.bind(libc, { address, port, ipv6Only })
    try {
      const dgram = await DgramPort.adopt(socket.fd, socket.isIPv6 ? 'udp6' : 'udp4')
      return new FfiPort(calls, socket, dgram)
    } catch (error) {
      libc.close(socket.fd)
      throw error
    }
  }

  get address(): SocketAddress {
    return this.dgram.address
  }

  /** Datagrams that could not be sent and errors that dgram reported; they have no other effect. */
  get errorCount(): number {
    return this.dgram.errorCount + this.socket.refusedCount
  }

  start(sink: DatagramSink): void {
    this.sink = sink
    this.dgram.start(this)
  }

  /** What dgram has read. */
  receive(datagram: Uint8Array, meta: DatagramMeta): void {
    const { calls, intake, sink, socket } = this
    intake.receive(datagram, meta)
    if (sink === undefined || this.closed) return
    calls.receiver.receive(socket.fd, sink.room ?? RECEIVE_SLOTS, this.address, intake)
  }

  send(batch: DatagramBatch, done: () => void): void {
    const { calls, closed, socket } = this
    const first = closed || this.waitingCount > 0 ? 0 : calls.sender.send(socket, batch, 0)
    if (first === batch.count) {
      done()
      return
    }
    this.waitingCount++
    this.dgram.sendFrom(batch, first, () => {
      this.waitingCount--
      done()
    })
  }

  close(): Promise<void> {
    // The number of the descriptor is soon another's.
    this.closed = true
    return this.dgram.close()
  }

  ref(): void {
    this.dgram.ref()
  }

  unref(): void {
    this.dgram.unref()
  }
}
