import type { ConnectionDirectory, DirectoryFeatures, DirectoryStats } from './directory.ts'
import { type ConnectionInit, ConnectionRecord } from './record.ts'

export interface SharedDirectoryOptions {
  readonly maxConnections: number
  /** The one descriptor that all connections have: that of the UDP socket. */
  readonly sharedFd: number
}

/** One descriptor for all connections, and a map from ids to their objects. */
export class SharedDirectory<T> implements ConnectionDirectory<T> {
  readonly scheme = 'shared'
  readonly features: DirectoryFeatures = {
    ownSessionId: true,
    ownFd: false,
    pollableFd: false,
    dispatchByFd: false,
    survivesMigration: true,
  }
  private readonly options: SharedDirectoryOptions
  private readonly map = new Map<number, ConnectionRecord<T>>()
  private round = 0
  private acceptCount = 0
  private closeCount = 0
  private abortCount = 0

  constructor(options: SharedDirectoryOptions) {
    this.options = options
  }

  get size(): number {
    return this.map.size
  }

  get stats(): DirectoryStats {
    const fd = this.acceptCount > 0 ? this.options.sharedFd : -1
    return {
      connectionNum: this.map.size,
      acceptCount: this.acceptCount,
      closeCount: this.closeCount,
      abortCount: this.abortCount,
      sessionRound: this.round,
      minFd: fd,
      maxFd: fd,
    }
  }

  add(connection: T, init: ConnectionInit, now: number): ConnectionRecord<T> | undefined {
    if (this.map.size >= this.options.maxConnections) {
      this.abortCount++
      return undefined
    }
    const record = new ConnectionRecord<T>()
    record.start(connection, init, this.options.sharedFd, ++this.round, now)
    this.map.set(record.sessionId, record)
    this.acceptCount++
    return record
  }

  find(sessionId: number): ConnectionRecord<T> | undefined {
    return this.map.get(sessionId)
  }

  verify(sessionId: number): ConnectionRecord<T> | undefined {
    const record = this.map.get(sessionId)
    return record?.ready === true ? record : undefined
  }

  remove(record: ConnectionRecord<T>): void {
    this.closeCount++
    this.map.delete(record.sessionId)
    record.end()
  }

  records(): IterableIterator<ConnectionRecord<T>> {
    return this.map.values()
  }

  recordsAfter(sessionId: number): IterableIterator<ConnectionRecord<T>> | undefined {
    if (sessionId === 0) return this.records()
    return this.verify(sessionId) === undefined ? undefined : this.recordsAbove(sessionId)
  }

  /** A map keeps the order of insertion, in which ids grow. */
  private *recordsAbove(sessionId: number): IterableIterator<ConnectionRecord<T>> {
    for (const record of this.map.values()) if (record.sessionId > sessionId) yield record
  }
}
