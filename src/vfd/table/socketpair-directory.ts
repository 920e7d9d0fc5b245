import { MAX_CONNECTIONS } from '../limits.ts'
import type { VfdSource } from '../source/source.ts'
import type { ConnectionDirectory, DirectoryFeatures, DirectoryStats } from './directory.ts'
import type { ConnectionInit, ConnectionRecord } from './record.ts'
import { RecordStore, type RecordStoreOptions } from './record-store.ts'

export interface SocketpairDirectoryOptions extends RecordStoreOptions {
  /** Where vfds come from. It stays the caller's to close. */
  readonly source: VfdSource
  /**
   * Length of the connection table: a vfd at or above it is refused. Default 2^20: vfds are not
   * below the number of connections, since internal ends and other descriptors lie between them,
   * and the table is no longer than the highest that was taken.
   */
  readonly tableLength?: number
}

/** A socketpair for every connection: its vfd is the index of its record. */
export class SocketpairDirectory<T> implements ConnectionDirectory<T> {
  readonly scheme = 'socketpair'
  private readonly source: VfdSource
  private readonly store: RecordStore<T>

  constructor(options: SocketpairDirectoryOptions) {
    this.source = options.source
    this.store = new RecordStore(options, options.tableLength ?? MAX_CONNECTIONS)
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

  get size(): number {
    return this.store.size
  }

  get stats(): DirectoryStats {
    return this.store.stats
  }

  add(connection: T, init: ConnectionInit, now: number): ConnectionRecord<T> | undefined {
    const { source, store } = this
    const pair = store.isFull ? undefined : source.acquire()
    if (pair === undefined) return store.abort()
    const record = store.add(pair.vfd, connection, init, now)
    if (record === undefined) source.release(pair)
    else record.pair = pair
    return record
  }

  find(sessionId: number): ConnectionRecord<T> | undefined {
    return this.store.find(sessionId)
  }

  verify(sessionId: number): ConnectionRecord<T> | undefined {
    return this.store.verify(sessionId)
  }

  remove(record: ConnectionRecord<T>): void {
    const { pair } = record
    this.store.remove(record)
    // Last: from here on the number may be another connection's.
    if (pair !== undefined) this.source.release(pair)
  }

  records(): IterableIterator<ConnectionRecord<T>> {
    return this.store.records()
  }

  recordsAfter(sessionId: number): IterableIterator<ConnectionRecord<T>> | undefined {
    return this.store.recordsAfter(sessionId)
  }
}
