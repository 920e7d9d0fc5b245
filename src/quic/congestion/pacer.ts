import { initialWindow } from './initial-window.ts'

/** A burst never lasts longer than this at the paced rate; timers are no finer than a millisecond. */
const BURST_MS = 2
/** Faster than the window a round trip, so that the window and not the pacer is the limit. */
const RATE_FACTOR = 1.25

/** Spreads a window over a round trip (RFC 9002 §7.7): a bucket that refills at the window's rate. */
export class Pacer {
  private tokens = Number.POSITIVE_INFINITY
  private refilledAt = 0
  maxDatagramSize: number

  constructor(maxDatagramSize: number) {
    this.maxDatagramSize = maxDatagramSize
  }

  onPacketSent(size: number): void {
    this.tokens -= size
  }

  /** When a datagram may go out: `now` or before means at once. */
  sendTime(congestionWindow: number, smoothedRtt: number, now: number): number {
    const rate = (RATE_FACTOR * congestionWindow) / Math.max(smoothedRtt, 0.001)
    const capacity = Math.max(initialWindow(this.maxDatagramSize), rate * BURST_MS)
    if (now > this.refilledAt) {
      this.tokens += (now - this.refilledAt) * rate
      this.refilledAt = now
    }
    if (this.tokens > capacity) this.tokens = capacity
    if (this.tokens >= this.maxDatagramSize) return now
    // Waiting for a quarter of the bucket saves timers: one wake-up sends several datagrams.
    const wanted = Math.max(this.maxDatagramSize, capacity / 4)
    return now + (wanted - this.tokens) / rate
  }
}
