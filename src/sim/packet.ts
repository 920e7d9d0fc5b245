import type { SocketAddress } from '../quic/index.ts'

/** A datagram on its way through a link. */
export interface Packet {
  /** May be replaced (never changed in place): copies of one datagram share it. */
  bytes: Uint8Array
  readonly from: SocketAddress
  readonly to: SocketAddress
  /** Its record, where the simulator keeps a trace. */
  readonly record: TraceRecord | undefined
}

/** What became of one datagram. */
export interface TraceRecord {
  /** Milliseconds, like `deliveredAt`. */
  readonly sentAt: number
  readonly from: SocketAddress
  readonly to: SocketAddress
  /** As sent. */
  readonly bytes: Uint8Array
  fate: 'inFlight' | 'delivered' | 'dropped' | 'unroutable'
  /** When it arrived; of several copies the last. */
  deliveredAt?: number
  /** The name of the element that dropped it. */
  droppedBy?: string
  /** The names of elements that changed it or sent it twice. */
  readonly marks: string[]
}
