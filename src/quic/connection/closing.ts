import type { CloseInfo } from '../transport.ts'

/**
 * How a connection ends (RFC 9000 §10). `closing`: we said CONNECTION_CLOSE and repeat it to a peer
 * that goes on sending; `draining`: the peer said it and we are silent; `closed`: all is forgotten.
 */
export class Closing {
  state: 'open' | 'closing' | 'draining' | 'closed' = 'open'
  info: CloseInfo | undefined = undefined
  /** When closing or draining ends; undefined until the first CONNECTION_CLOSE went out. */
  deadline: number | undefined = undefined
  /** A CONNECTION_CLOSE is to be sent. */
  sendPending = false
  private received = 0
  private replyAt = 1

  enter(state: 'closing' | 'draining' | 'closed', info: CloseInfo): void {
    this.state = state
    this.info = info
    this.sendPending = state === 'closing'
  }

  /** @param period three times the PTO (RFC 9000 §10.2) */
  startPeriod(now: number, period: number): void {
    this.deadline ??= now + period
  }

  /** A packet came while closing: every 1st, 2nd, 4th, 8th … one is answered (RFC 9000 §10.2.1). */
  onPacket(): void {
    if (this.state !== 'closing') return
    this.received++
    if (this.received < this.replyAt) return
    this.replyAt *= 2
    this.sendPending = true
  }
}
