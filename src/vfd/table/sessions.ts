import { MAX_CLIENT_LIST } from '../limits.ts'
import type { ConnectionDirectory } from './directory.ts'
import { isIdle } from './heartbeat.ts'
import type { ConnectionRecord } from './record.ts'

/** What `getClientInfo` tells. Times are in ms of the server's clock; 0 is never. */
export interface ClientInfo {
  readonly sessionId: number
  readonly vfd: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly serverPort: number
  readonly reactorId: number
  /** Absent when not bound to a worker. */
  readonly workerId?: number
  /** Absent when not bound to a user. */
  readonly uid?: number
  readonly connectTime: number
  readonly lastRecvTime: number
  readonly lastSendTime: number
  readonly lastDispatchTime: number
  readonly closeError: number
  readonly recvQueuedBytes: number
  readonly sendQueuedBytes: number
  readonly paused: boolean
  readonly protected: boolean
}

const MAX_UID = 2 ** 32 - 1

/**
 * What a server can ask about, and set on, its connections. Every call takes a session id, never a
 * vfd, and does not know an id that is stale or whose handshake is not confirmed.
 */
export class Sessions<T> {
  private readonly directory: ConnectionDirectory<T>

  constructor(directory: ConnectionDirectory<T>) {
    this.directory = directory
  }

  /** Connections, whatever their state. */
  get count(): number {
    return this.directory.size
  }

  exists(sessionId: number): boolean {
    return this.open(sessionId) !== undefined
  }

  getClientInfo(sessionId: number): ClientInfo | undefined {
    const record = this.directory.verify(sessionId)
    if (record === undefined) return undefined
    return {
      sessionId,
      vfd: record.vfd,
      remoteAddress: record.remoteAddress,
      remotePort: record.remotePort,
      localAddress: record.localAddress,
      localPort: record.localPort,
      serverPort: record.serverPort,
      reactorId: record.reactorId,
      ...(record.workerId >= 0 && { workerId: record.workerId }),
      ...(record.uid > 0 && { uid: record.uid }),
      connectTime: record.connectTime,
      lastRecvTime: record.lastRecvTime,
      lastSendTime: record.lastSendTime,
      lastDispatchTime: record.lastDispatchTime,
      closeError: record.closeError,
      recvQueuedBytes: record.recvQueuedBytes,
      sendQueuedBytes: record.sendQueuedBytes,
      paused: record.paused,
      protected: record.protected,
    }
  }

  /**
   * Ids behind `startId` in the order of their vfds (from the first for 0), at most `count`, which
   * is at most 100. Undefined when `startId` is unknown.
   */
  getClientList(startId = 0, count = 10): number[] | undefined {
    const records = this.directory.recordsAfter(startId)
    if (records === undefined) return undefined
    const most = Math.min(count, MAX_CLIENT_LIST)
    const ids: number[] = []
    for (const record of records) {
      if (ids.length >= most) break
      if (isOpen(record)) ids.push(record.sessionId)
    }
    return ids
  }

  /** Open sessions in the order of their vfds; of one listening port when it is given. */
  *ids(serverPort?: number): IterableIterator<number> {
    for (const record of this.directory.records())
      if (isOpen(record) && (serverPort === undefined || record.serverPort === serverPort))
        yield record.sessionId
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.ids()
  }

  /** Binds to a user, a number from 1 to 2^32 - 1; once. */
  bind(sessionId: number, uid: number): boolean {
    if (!Number.isInteger(uid) || uid < 1 || uid > MAX_UID)
      throw new RangeError(`a uid is a whole number from 1 to ${MAX_UID}`)
    const record = this.open(sessionId)
    if (record === undefined || record.uid !== 0) return false
    record.uid = uid
    return true
  }

  /** Exempts from the heartbeat, or no longer. */
  protect(sessionId: number, on = true): boolean {
    const record = this.open(sessionId)
    if (record === undefined) return false
    record.protected = on
    return true
  }

  /** Marks that nothing more is to be received for now, or that it is again. */
  setPaused(sessionId: number, paused: boolean): boolean {
    const record = this.open(sessionId)
    if (record === undefined) return false
    record.paused = paused
    return true
  }

  /** Ids of the sessions from which nothing came for `idleTime` ms. */
  heartbeat(now: number, idleTime: number): number[] {
    const ids: number[] = []
    for (const record of this.directory.records())
      if (isOpen(record) && isIdle(record, now, idleTime)) ids.push(record.sessionId)
    return ids
  }

  private open(sessionId: number): ConnectionRecord<T> | undefined {
    const record = this.directory.verify(sessionId)
    return record !== undefined && isOpen(record) ? record : undefined
  }
}

function isOpen<T>(record: ConnectionRecord<T>): boolean {
  return record.ready && !record.closed && !record.closing
}
