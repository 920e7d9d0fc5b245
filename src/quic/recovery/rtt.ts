/** Round-trip time estimation (RFC 9002 §5). Milliseconds. */
export class RttEstimator {
  latest = 0
  min = Number.POSITIVE_INFINITY
  smoothed: number
  variation: number
  hasSample = false
  private readonly initialRtt: number

  constructor(initialRtt: number) {
    this.initialRtt = initialRtt
    this.smoothed = initialRtt
    this.variation = initialRtt / 2
  }

  /** Forgets all samples. */
  reset(): void {
    this.latest = 0
    this.min = Number.POSITIVE_INFINITY
    this.smoothed = this.initialRtt
    this.variation = this.initialRtt / 2
    this.hasSample = false
  }

  /**
   * @param sample time from the sending of the largest newly acknowledged packet until now
   * @param ackDelay what the peer says it waited, already capped by its max_ack_delay
   */
  update(sample: number, ackDelay: number): void {
    this.latest = sample
    if (!this.hasSample) {
      this.hasSample = true
      this.min = sample
      this.smoothed = sample
      this.variation = sample / 2
      return
    }
    // min_rtt comes from our own clock only: the peer's ack delay can't lower it.
    if (sample < this.min) this.min = sample
    const adjusted = sample >= this.min + ackDelay ? sample - ackDelay : sample
    this.variation = 0.75 * this.variation + 0.25 * Math.abs(this.smoothed - adjusted)
    this.smoothed = 0.875 * this.smoothed + 0.125 * adjusted
  }

  /** The probe timeout without backoff and without the peer's max_ack_delay (RFC 9002 §6.2.1). */
  probeTimeout(): number {
    return this.smoothed + Math.max(4 * this.variation, GRANULARITY)
  }
}

/** kGranularity (RFC 9002 §6.1.2). */
export const GRANULARITY = 1
