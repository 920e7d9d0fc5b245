import type { DatagramBatch, DatagramMeta, SocketAddress } from '../quic/index.ts'

/** Takes what a port received. The bytes are its own from then on. */
export interface DatagramSink {
  /** How many it wants before it has had a turn, if it knows; a port may bring a few more. */
  readonly room?: number
  receive(datagram: Uint8Array, meta: DatagramMeta): void
}

/**
 * A bound UDP socket, however it is made. Its errors never surface: a datagram that could not be
 * sent is a lost one, and an ICMP message is no reason to end anything.
 */
export interface UdpPort {
  readonly address: SocketAddress
  /**
   * Whether a datagram that is too large for the path is lost, and no router or kernel makes fragments
   * of it (RFC 9000 §14).
   */
  readonly refusesFragments: boolean
  /** From now on `sink` gets what arrives; what came before is gone. */
  start(sink: DatagramSink): void
  /**
   * Sends every datagram of the batch. The batch and its buffers belong to the port until it calls
   * `done`, within this call or later.
   */
  send(batch: DatagramBatch, done: () => void): void
  /** Fulfilled when the socket is closed. What was not sent yet is lost. */
  close(): Promise<void>
  /** Whether the socket keeps the process alive; it does at first. */
  ref(): void
  unref(): void
}
