import type { RttEstimator } from '../recovery/rtt.ts'

/** What loss recovery tells a congestion controller, and what it asks (RFC 9002 §7). Bytes and milliseconds. */
export interface CongestionController {
  readonly name: string
  readonly congestionWindow: number
  /** Infinity before the first congestion event. */
  readonly slowStartThreshold: number
  onPacketSent(size: number, bytesInFlight: number, now: number): void
  /**
   * One acknowledged packet.
   * @param appLimited whether the window was not used up when the ACK came: it must not grow then (RFC 9002 §7.8)
   */
  onPacketAcked(
    size: number,
    sentAt: number,
    rtt: RttEstimator,
    appLimited: boolean,
    now: number,
  ): void
  /** Loss or ECN-CE of a packet that was sent at `sentAt`. */
  onCongestionEvent(sentAt: number, now: number): void
  /** RFC 9002 §7.6. */
  onPersistentCongestion(): void
  /** Datagrams are of another size from now on; the window does not become smaller by it (RFC 9002 §7.2). */
  setMaxDatagramSize(size: number): void
  /** Begins anew, as on a path that nothing is known of (RFC 9000 §9.4). */
  reset(): void
}

export type CongestionControllerFactory = (maxDatagramSize: number) => CongestionController
