import { ConnectionTable } from './connection-table.ts'
import type { ConnectionDirectory, DirectoryFeatures, DirectoryStats } from './directory.ts'
import type { ConnectionInit, ConnectionRecord } from './record.ts'
import { SessionTable } from './session-table.ts'

export interface SessionDirectoryOptions {
  readonly maxConnections: number
  /** Length of the session table; default 2^20. */
  readonly sessionSlots?: number
  /** Session ids begin behind it; default 0. */
  readonly startSessionId?: number
}

/** No descriptors at all: session ids, and the index of the record as the number. */
export class SessionDirectory<T> implements ConnectionDirectory<T> {
  readonly scheme = 'session'
  readonly features: DirectoryFeatures = {
    ownSessionId: true,
    ownFd: true,
    pollableFd: false,
    dispatchByFd: true,
    survivesMigration: true,
  }
  size = 0
  private readonly maxConnections: number
  private readonly table: ConnectionTable<T>
  private readonly sessions: SessionTable
  private readonly free: number[] = []
  private next = 0
  private acceptCount = 0
  private closeCount = 0
  private abortCount = 0

  constructor(options: SessionDirectoryOptions) {
    this.maxConnections = options.maxConnections
    this.table = new ConnectionTable(options.maxConnections)
    this.sessions = new SessionTable(options.sessionSlots, options.startSessionId)
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
    const index = this.free.at(-1) ?? this.next
    const sessionId =
      this.size < this.maxConnections
        ? this.sessions.allocate(index, this.maxConnections)
        : undefined
    if (sessionId === undefined) {
      this.abortCount++
      return undefined
    }
    if (this.free.pop() === undefined) this.next++
    const record = this.table.take(index)
    record.start(connection, init, index, sessionId, now)
    this.acceptCount++
    this.size++
    return record
  }

  find(sessionId: number): ConnectionRecord<T> | undefined {
    const index = this.sessions.find(sessionId)
    const record = index === undefined ? undefined : this.table.get(index)
    return record?.active === true && record.sessionId === sessionId ? record : undefined
  }

  verify(sessionId: number): ConnectionRecord<T> | undefined {
    const record = this.find(sessionId)
    return record?.ready === true ? record : undefined
  }

  remove(record: ConnectionRecord<T>): void {
    this.closeCount++
    this.size--
    this.sessions.free(record.sessionId)
    record.end()
    this.table.freed(record.vfd)
    this.free.push(record.vfd)
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
