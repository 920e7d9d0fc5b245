import type { CloseEffects, CloseOutcome } from './close-effects.ts'
import type { ConnectionDirectory } from './directory.ts'
import { isIdle } from './heartbeat.ts'
import type { ConnectionRecord } from './record.ts'

/**
 * Closes connections in two phases, so that onClose runs exactly once and a vfd is not used again
 * before its worker knows that the connection is gone. First the worker is told, whoever closed;
 * when it acknowledges, what is queued is sent (unless there is nobody to send it to), the transport
 * is closed and all numbers are freed.
 */
export class CloseMachine<T> {
  private readonly directory: ConnectionDirectory<T>
  private readonly effects: CloseEffects<T>

  constructor(directory: ConnectionDirectory<T>, effects: CloseEffects<T>) {
    this.directory = directory
    this.effects = effects
  }

  /**
   * The transport ended without us: closed or reset by the peer, timed out, failed.
   *
   * @param error the wire code, or 0
   */
  peerClosed(sessionId: number, error = 0): void {
    const record = this.directory.find(sessionId)
    if (record === undefined || record.peerClosed || record.removing) return
    record.peerClosed = true
    if (error !== 0) record.closeError = error
    // A connection that was never announced has no end to announce. A close that waits for data to
    // be sent waits in vain.
    if (!record.ready || !this.effects.notifies || record.closeQueued) this.finish(record)
    else if (!record.closed) this.tell(record, false)
  }

  /** The server closes: in order, or at once when `reset` (default false). */
  close(sessionId: number, { reset = false }: { readonly reset?: boolean } = {}): CloseOutcome {
    const record = this.directory.verify(sessionId)
    if (record === undefined) return 'unknown'
    record.closeActively = true
    if (reset) record.closeReset = true
    if (record.closing || record.removing) return 'closing'
    if (!record.closed) this.tell(record, true)
    else if (record.closeReset || record.closeForce) this.finish(record)
    else return 'closed'
    return 'accepted'
  }

  /** Closes at once, as far as onClose allows; an unfinished handshake is just ended. */
  force(sessionId: number): void {
    const record = this.directory.find(sessionId)
    if (record === undefined || record.removing) return
    record.closeForce = true
    record.closeActively = true
    if (!record.ready || (record.closed && !record.closing)) this.finish(record)
    else if (!record.closed) this.tell(record, true)
  }

  /** Closes, by force, what the heartbeat finds idle. Returns how many there were. */
  closeIdle(now: number, idleTime: number): number {
    let count = 0
    for (const record of this.directory.records()) {
      if (record.closed || !isIdle(record, now, idleTime)) continue
      this.force(record.sessionId)
      count++
    }
    return count
  }

  /** onClose has run. An id that is gone, or whose onClose was not due, changes nothing. */
  acknowledge(sessionId: number): void {
    const record = this.directory.find(sessionId)
    if (record === undefined || !record.closing || record.removing) return
    record.closing = false
    const atOnce = record.closeReset || record.closeForce || record.peerClosed
    if (atOnce || !this.effects.hasQueuedData(record)) this.finish(record)
    else record.closeQueued = true
  }

  /** To be called when everything that was queued for a connection has been sent. */
  drained(sessionId: number): void {
    const record = this.directory.find(sessionId)
    if (record === undefined || !record.closeQueued || record.removing) return
    if (!this.effects.hasQueuedData(record)) this.finish(record)
  }

  /** A worker is gone: it acknowledges nothing any more. Other connections of it stay. */
  workerLost(workerId: number): void {
    for (const record of this.directory.records())
      if (record.workerId === workerId && record.closing) this.acknowledge(record.sessionId)
  }

  private tell(record: ConnectionRecord<T>, actively: boolean): void {
    record.closed = true
    record.closing = true
    if (this.effects.notifies) this.effects.notifyWorker(record, actively)
    else this.acknowledge(record.sessionId)
  }

  private finish(record: ConnectionRecord<T>): void {
    record.closed = true
    record.removing = true
    try {
      this.effects.closeTransport(record)
    } finally {
      this.directory.remove(record)
    }
  }
}
