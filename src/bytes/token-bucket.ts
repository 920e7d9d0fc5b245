/** A token bucket over the caller's clock (milliseconds). */
export class TokenBucket {
  private tokens: number
  private updatedAt: number
  private readonly capacity: number
  private readonly perMs: number

  /** @param ratePerSecond tokens that come back each second */
  constructor(capacity: number, ratePerSecond: number, now: number) {
    this.capacity = capacity
    this.perMs = ratePerSecond / 1000
    this.tokens = capacity
    this.updatedAt = now
  }

  /** Takes `count` tokens; false, and nothing taken, when there are not as many. */
  take(count: number, now: number): boolean {
    if (now > this.updatedAt) {
      this.tokens = Math.min(this.capacity, this.tokens + (now - this.updatedAt) * this.perMs)
      this.updatedAt = now
    }
    if (this.tokens < count) return false
    this.tokens -= count
    return true
  }

  /** When there will be `count` tokens, as far as is known from the last `take`; in the past if there are. */
  availableAt(count: number): number {
    return this.updatedAt + (count - this.tokens) / this.perMs
  }
}
