import { ConnectionTable } from './connection-table.ts'
import type { DirectoryStats } from './directory.ts'
import type { ConnectionInit, ConnectionRecord } from './record.ts'
import { SessionTable } from './session-table.ts'

export interface RecordStoreOptions {
  /** Connections at once. */
  readonly maxConnections: number
  /** Length of the session table; default 2^20. */
  readonly sessionSlots?: number
  /** Session ids begin behind it; default 0. */
  readonly startSessionId?: number
}

/** A connection table with the session table that guards it, and what is counted of both. */
export class RecordStore<T> {
  size = 0
  private readonly maxConnections: number
  private readonly table: ConnectionTable<T>
  private readonly sessions: SessionTable
  private acceptCount = 0
  private closeCount = 0
  private abortCount = 0

  constructor(options: RecordStoreOptions, tableLength: number) {
    this.maxConnections = options.maxConnections
    this.table = new ConnectionTable(tableLength)
    this.sessions = new SessionTable(options.sessionSlots, options.startSessionId)
  }

  get isFull(): boolean {
    return this.size >= this.maxConnections
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

  /** Counts a connection that got no number. */
  abort(): undefined {
    this.abortCount++
    return undefined
  }

  /**
   * Undefined, and counted, when the number is past the end of the table or no session slot is free.
   * A number whose slot is taken is refused too: somebody closed a descriptor that was not theirs.
   */
  add(
    vfd: number,
    connection: T,
    init: ConnectionInit,
    now: number,
  ): ConnectionRecord<T> | undefined {
    if (!this.table.has(vfd) || this.table.get(vfd)?.active === true) return this.abort()
    const sessionId = this.sessions.allocate(vfd, this.maxConnections)
    if (sessionId === undefined) return this.abort()
    const record = this.table.take(vfd)
    record.start(connection, init, vfd, sessionId, now)
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
    this.closeCount++
    this.size--
    this.sessions.free(record.sessionId)
    record.end()
    this.table.freed(record.vfd)
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
