import type { VfdPair } from '../source/source.ts'

/** What is known of a connection when it is added. Addresses are IP literals. */
export interface ConnectionInit {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Which listening port it came in by: the index that the owner of the table gave the port. */
  readonly serverPort?: number
  /** Which reactor has it; default 0. */
  readonly reactorId?: number
}

/**
 * One connection in a table: what Swoole's `Connection` holds, as far as it means something without
 * TCP. The slot is used again by the next connection of the same vfd, so whoever keeps a reference
 * over time keeps the session id instead, and asks `verify`. Times are milliseconds of the clock
 * that the caller passes in.
 */
export class ConnectionRecord<T> {
  /** Whether the slot is taken. False from the end of the second phase of closing on. */
  active = false
  vfd = -1
  sessionId = 0
  reactorId = 0
  serverPort = 0
  /** The worker that it is bound to; -1 when unset. */
  workerId = -1
  /** What the owner of the table maps to this connection. */
  connection: T | undefined = undefined
  pair: VfdPair | undefined = undefined
  /** Whether the handshake is confirmed. Before that, most calls do not know the session. */
  ready = false

  /** onClose was delivered, or is being so. */
  closed = false
  /** onClose is under way: the worker has not acknowledged yet. */
  closing = false
  closeActively = false
  /** Closed when the data that is queued has been sent. */
  closeQueued = false
  closeReset = false
  closeForce = false
  peerClosed = false
  /** The second phase has begun. */
  removing = false
  /** The wire code of the close, or a negative errno; 0 when none. */
  closeError = 0

  /** More is queued than may be; sends are refused. */
  overflow = false
  highWatermark = false
  paused = false
  /** Exempt from the heartbeat. */
  protected = false
  uid = 0
  recvQueuedBytes = 0
  sendQueuedBytes = 0

  remoteAddress = ''
  remotePort = 0
  localAddress = ''
  localPort = 0
  connectTime = 0
  lastRecvTime = 0
  lastSendTime = 0
  lastDispatchTime = 0

  /** Kinds of events that wait for this connection's turn: see `Notifier`. */
  readyKinds = 0
  /** Whether a byte is unread on the vfd. */
  signalled = false

  /** Makes the slot a new connection's; everything of the one before is gone. */
  start(connection: T, init: ConnectionInit, vfd: number, sessionId: number, now: number): void {
    this.vfd = vfd
    this.sessionId = sessionId
    this.reactorId = init.reactorId ?? 0
    this.serverPort = init.serverPort ?? 0
    this.workerId = -1
    this.connection = connection
    this.pair = undefined
    this.ready = false
    this.closed = false
    this.closing = false
    this.closeActively = false
    this.closeQueued = false
    this.closeReset = false
    this.closeForce = false
    this.peerClosed = false
    this.removing = false
    this.closeError = 0
    this.overflow = false
    this.highWatermark = false
    this.paused = false
    this.protected = false
    this.uid = 0
    this.recvQueuedBytes = 0
    this.sendQueuedBytes = 0
    this.remoteAddress = init.remoteAddress
    this.remotePort = init.remotePort
    this.localAddress = init.localAddress
    this.localPort = init.localPort
    this.connectTime = now
    this.lastRecvTime = now
    this.lastSendTime = 0
    this.lastDispatchTime = 0
    this.readyKinds = 0
    this.signalled = false
    this.active = true
  }

  /** Frees the slot. The session id and the numbers stay readable until the next `start`. */
  end(): void {
    this.active = false
    this.closed = true
    this.connection = undefined
    this.pair = undefined
    this.readyKinds = 0
  }
}
