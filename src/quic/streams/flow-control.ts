import { TransportError, TransportErrorCode } from '../errors.ts'

/** Credit that the peer has given us (RFC 9000 §4.1). */
export class SendCredit {
  limit: number
  used = 0
  /** The limit for which a BLOCKED frame went out, so that each limit is complained about once. */
  private blockedAt = -1

  constructor(limit: number) {
    this.limit = limit
  }

  get available(): number {
    return this.limit - this.used
  }

  /** A lower limit than before is ignored (RFC 9000 §4.1). True when it grew. */
  raise(limit: number): boolean {
    if (limit <= this.limit) return false
    this.limit = limit
    return true
  }

  /** Whether the limit is used up and nobody has said so. */
  get isBlockedUnreported(): boolean {
    return this.available <= 0 && this.blockedAt !== this.limit
  }

  /** True once for each limit that is used up. */
  shouldReportBlocked(): boolean {
    if (!this.isBlockedUnreported) return false
    this.blockedAt = this.limit
    return true
  }

  /** The BLOCKED frame was lost. */
  reportBlockedAgain(): void {
    this.blockedAt = -1
  }
}

/** A window grows when it is used up twice within this many round trips. */
const GROWTH_RTTS = 2

/** Credit that we give: it follows what was read, and the window grows where it was the limit. */
export class ReceiveWindow {
  /** What the peer may send up to. */
  limit: number
  received = 0
  consumed = 0
  private window: number
  private readonly maxWindow: number
  private updatedAt = Number.NEGATIVE_INFINITY

  constructor(window: number, maxWindow: number) {
    this.limit = window
    this.window = window
    this.maxWindow = Math.max(window, maxWindow)
  }

  /** Counts `bytes` newly received. Throws FLOW_CONTROL_ERROR beyond the limit. */
  onReceived(bytes: number): void {
    this.received += bytes
    if (this.received > this.limit) {
      throw new TransportError(
        TransportErrorCode.flowControlError,
        `${this.received} bytes received, ${this.limit} allowed`,
      )
    }
  }

  onConsumed(bytes: number): void {
    this.consumed += bytes
  }

  /** Whether half the window has been consumed since the limit was last told. */
  get shouldUpdate(): boolean {
    return this.limit - this.consumed < this.window / 2
  }

  /** The new limit to tell the peer. */
  update(now: number, smoothedRtt: number): number {
    if (now - this.updatedAt < GROWTH_RTTS * smoothedRtt) {
      this.window = Math.min(this.window * 2, this.maxWindow)
    }
    this.updatedAt = now
    this.limit = Math.max(this.limit, this.consumed + this.window)
    return this.limit
  }
}
