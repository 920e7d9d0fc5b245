import type { ConnectionRecord } from './record.ts'

/** What closing a connection does to the rest of the server. */
export interface CloseEffects<T> {
  /**
   * Whether anyone is to be told: false when there is no onClose, or when the dispatch mode cannot
   * keep the order of events.
   */
  readonly notifies: boolean
  /**
   * Has onClose run in the worker that the connection is bound to. When it has run, within this
   * call or later, `CloseMachine.acknowledge(sessionId)` is to be called.
   *
   * @param actively whether the server closed, not the peer
   */
  notifyWorker(record: ConnectionRecord<T>, actively: boolean): void
  /** Whether bytes wait to be sent that a close is to let pass. */
  hasQueuedData(record: ConnectionRecord<T>): boolean
  /**
   * Ends the transport's side, if it has not ended: at once when `record.closeReset` or
   * `record.closeForce`, else in order. The record is removed right after.
   */
  closeTransport(record: ConnectionRecord<T>): void
}

/** Why a close was not carried out, as Swoole's errors 1003 and 1004; `unknown` is a stale id. */
export type CloseOutcome = 'accepted' | 'unknown' | 'closing' | 'closed'
