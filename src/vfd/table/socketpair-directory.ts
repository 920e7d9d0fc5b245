import { FD_RESERVE, MAX_CONNECTIONS } from '../limits.ts'
import type { VfdSource } from '../source/source.ts'
import { ConnectionTable } from './connection-table.ts'
import type { ConnectionDirectory, DirectoryFeatures, DirectoryStats } from './directory.ts'
import type { ConnectionInit, ConnectionRecord } from './record.ts'
import { SessionTable } from './session-table.ts'

export interface SocketpairDirectoryOptions {
  /** Where vfds come from. It stays the caller's to close. */
  readonly source: VfdSource
  /** Connections at once. */
  readonly maxConnections: number
  /** Length of the session table; default 2^20. */
  readonly sessionSlots?: number
  /** Session ids begin behind it; default 0. */
  readonly startSessionId?: number
  /**
   * Length of the connection table: a vfd at or above it is refused. By default enough for vfds
   * with their internal ends between them and the descriptors of the rest of the process.
   */
  readonly tableLength?: number
}

/** A socketpair for every connection: its vfd is the index of its record. */
export class SocketpairDirectory<T> implements ConnectionDirectory<T> {
  readonly scheme = 'socketpair'
  size = 0
  private readonly source: VfdSource
  private readonly maxConnections: number
  private readonly table: ConnectionTable<T>
  private readonly sessions: SessionTable
  private acceptCount = 0
  private closeCount = 0
  private abortCount = 0

  constructor(options: SocketpairDirectoryOptions) {
    this.source = options.source
    this.maxConnections = options.maxConnections
    this.table = new ConnectionTable(options.tableLength ?? defaultLength(options.maxConnections))
    this.sessions = new SessionTable(options.sessionSlots, options.startSessionId)
  }

  get features(): DirectoryFeatures {
    return {
      ownSessionId: true,
      ownFd: true,
      pollableFd: this.source.kind !== 'emulated',
      dispatchByFd: true,
      survivesMigration: true,
    }
  }

  get stats(): DirectoryStats {
    return {
      connectionNum: this.size,
      acceptCount: this.acceptCount,
      closeCount: this.closeCount,
      abortCount: this.abortCount,
      sessionRound: this.sessions.round,
      minFd: this.table.minFd,
      maxFd: this.table.maxFd,
    }
  }

  add(connection: T, init: ConnectionInit, now: number): ConnectionRecord<T> | undefined {
    const { source, table } = this
    const pair = this.size < this.maxConnections ? source.acquire() : undefined
    const sessionId =
      pair !== undefined && table.has(pair.vfd)
        ? this.sessions.allocate(pair.vfd, this.maxConnections)
        : undefined
    if (pair === undefined || sessionId === undefined) {
      if (pair !== undefined) source.release(pair)
      this.abortCount++
      return undefined
    }
    const record = table.take(pair.vfd)
    record.start(connection, init, pair.vfd, sessionId, now)
    record.pair = pair
    this.acceptCount++
    this.size++
    return record
  }

  find(sessionId: number): ConnectionRecord<T> | undefined {
    const vfd = this.sessions.find(sessionId)
    const record = vfd === undefined ? undefined : this.table.get(vfd)
    return record?.active === true && record.sessionId === sessionId ? record : undefined
  }

  verify(sessionId: number): ConnectionRecord<T> | undefined {
    const record = this.find(sessionId)
    return record?.ready === true ? record : undefined
  }

  remove(record: ConnectionRecord<T>): void {
    const { vfd, pair } = record
    this.closeCount++
    this.size--
    this.sessions.free(record.sessionId)
    record.end()
    this.table.freed(vfd)
    // Last: from here on the number may be another connection's.
    if (pair !== undefined) this.source.release(pair)
  }

  records(): IterableIterator<ConnectionRecord<T>> {
    return this.table.from(0)
  }

  recordsAfter(sessionId: number): IterableIterator<ConnectionRecord<T>> | undefined {
    if (sessionId === 0) return this.records()
    const start = this.verify(sessionId)
    return start === undefined ? undefined : this.table.from(start.vfd + 1)
  }
}

function defaultLength(maxConnections: number): number {
  return Math.min(MAX_CONNECTIONS, 2 * (maxConnections + FD_RESERVE))
}
