import type { ConnectionDirectory, DirectoryFeatures, DirectoryStats } from './directory.ts'
import type { ConnectionInit, ConnectionRecord } from './record.ts'
import { RecordStore, type RecordStoreOptions } from './record-store.ts'

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
  private readonly store: RecordStore<T>
  private readonly free: number[] = []
  private next = 0

  constructor(options: RecordStoreOptions) {
    this.store = new RecordStore(options, options.maxConnections)
  }

  get size(): number {
    return this.store.size
  }

  get stats(): DirectoryStats {
    return this.store.stats
  }

  add(connection: T, init: ConnectionInit, now: number): ConnectionRecord<T> | undefined {
    if (this.store.isFull) return this.store.abort()
    const index = this.free.pop() ?? this.next++
    const record = this.store.add(index, connection, init, now)
    if (record === undefined) this.free.push(index)
    return record
  }

  find(sessionId: number): ConnectionRecord<T> | undefined {
    return this.store.find(sessionId)
  }

  verify(sessionId: number): ConnectionRecord<T> | undefined {
    return this.store.verify(sessionId)
  }

  remove(record: ConnectionRecord<T>): void {
    this.store.remove(record)
    this.free.push(record.vfd)
  }

  records(): IterableIterator<ConnectionRecord<T>> {
    return this.store.records()
  }

  recordsAfter(sessionId: number): IterableIterator<ConnectionRecord<T>> | undefined {
    return this.store.recordsAfter(sessionId)
  }
}
