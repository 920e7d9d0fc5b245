import { RangeSet } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'

/** How many streams of one kind we may open (RFC 9000 §4.6). */
export class LocalStreams {
  opened = 0
  /** The peer's MAX_STREAMS. */
  limit = 0
  /** `openStream` had to refuse: a `streamsAvailable` event is owed. */
  refused = false
  private blockedAt = -1

  take(): number | undefined {
    if (this.opened >= this.limit) {
      this.refused = true
      return undefined
    }
    return this.opened++
  }

  raise(limit: number): boolean {
    if (limit <= this.limit) return false
    this.limit = limit
    return true
  }

  /** Whether a stream was wanted beyond the limit and nobody has said so. */
  get isBlockedUnreported(): boolean {
    return this.refused && this.opened >= this.limit && this.blockedAt !== this.limit
  }

  shouldReportBlocked(): boolean {
    if (!this.isBlockedUnreported) return false
    this.blockedAt = this.limit
    return true
  }

  reportBlockedAgain(): void {
    this.blockedAt = -1
  }
}

/** Which streams of one kind the peer has opened, and how many it may. */
export class RemoteStreams {
  /** One more than the highest ordinal that the peer has used. */
  opened = 0
  limit: number
  private closedCount = 0
  /** Ordinals whose streams are over; lower ones that were never used are not in it. */
  private readonly closed = new RangeSet()
  private readonly window: number

  constructor(window: number) {
    this.limit = window
    this.window = window
  }

  /** Throws STREAM_LIMIT_ERROR beyond the limit; true if the ordinal is new, though maybe implied. */
  use(ordinal: number): void {
    if (ordinal >= this.limit) {
      throw new TransportError(
        TransportErrorCode.streamLimitError,
        `stream ${ordinal} opened, ${this.limit} allowed`,
      )
    }
    if (ordinal >= this.opened) this.opened = ordinal + 1
  }

  isClosed(ordinal: number): boolean {
    return this.closed.has(ordinal)
  }

  onClosed(ordinal: number): void {
    this.closed.add(ordinal, ordinal + 1)
    this.closedCount++
  }

  /** Whether the peer should be told of a higher limit. */
  get shouldUpdate(): boolean {
    const next = this.closedCount + this.window
    return next > this.limit && this.limit - this.opened <= this.window / 2
  }

  update(): number {
    this.limit = this.closedCount + this.window
    return this.limit
  }
}
