import type { RttEstimator } from '../recovery/rtt.ts'
import type { CongestionController } from './controller.ts'
import { initialWindow } from './initial-window.ts'

const LOSS_REDUCTION_FACTOR = 0.5

/** NewReno as RFC 9002 §7 and Appendix B describe it. */
export class NewReno implements CongestionController {
  readonly name = 'reno'
  congestionWindow: number
  slowStartThreshold = Number.POSITIVE_INFINITY
  private recoveryStartedAt = Number.NEGATIVE_INFINITY
  /** Bytes acknowledged since the window last grew in congestion avoidance. */
  private acknowledged = 0
  private maxDatagramSize: number

  constructor(maxDatagramSize: number) {
    this.maxDatagramSize = maxDatagramSize
    this.congestionWindow = initialWindow(maxDatagramSize)
  }

  setMaxDatagramSize(size: number): void {
    this.maxDatagramSize = size
    // The least that there may be: a window of less than a datagram would let nothing out.
    this.congestionWindow = Math.max(this.congestionWindow, 2 * size)
  }

  reset(): void {
    this.congestionWindow = initialWindow(this.maxDatagramSize)
    this.slowStartThreshold = Number.POSITIVE_INFINITY
    this.recoveryStartedAt = Number.NEGATIVE_INFINITY
    this.acknowledged = 0
  }

  onPacketSent(_size: number, _bytesInFlight: number, _now: number): void {}

  onPacketAcked(
    size: number,
    sentAt: number,
    _rtt: RttEstimator,
    appLimited: boolean,
    _now: number,
  ): void {
    if (appLimited || sentAt <= this.recoveryStartedAt) return
    if (this.congestionWindow < this.slowStartThreshold) {
      this.congestionWindow += size
      return
    }
    this.acknowledged += size
    if (this.acknowledged >= this.congestionWindow) {
      this.acknowledged -= this.congestionWindow
      this.congestionWindow += this.maxDatagramSize
    }
  }

  onCongestionEvent(sentAt: number, now: number): void {
    // One reduction a round trip: what was sent before it began doesn't count again.
    if (sentAt <= this.recoveryStartedAt) return
    this.recoveryStartedAt = now
    this.acknowledged = 0
    this.slowStartThreshold = Math.max(
      this.congestionWindow * LOSS_REDUCTION_FACTOR,
      2 * this.maxDatagramSize,
    )
    this.congestionWindow = this.slowStartThreshold
  }

  onPersistentCongestion(): void {
    this.congestionWindow = 2 * this.maxDatagramSize
    this.recoveryStartedAt = Number.NEGATIVE_INFINITY
    this.acknowledged = 0
  }
}
