import type { ConnectionInit, ConnectionRecord } from './record.ts'

/**
 * How connections get their numbers: a socketpair each, one shared descriptor with a map of
 * objects, or session ids alone.
 */
export type DirectoryScheme = 'socketpair' | 'shared' | 'session'

/** What a scheme can do. */
export interface DirectoryFeatures {
  /** A session id of its own for every connection, safe against reuse. */
  readonly ownSessionId: boolean
  /** A number of its own that tells connections apart where only the fd is looked at. */
  readonly ownFd: boolean
  /** The number is a descriptor that an event loop can watch. */
  readonly pollableFd: boolean
  /** Requests spread over workers by fd (`fd % workers`), as well as by session id. */
  readonly dispatchByFd: boolean
  /** The numbers stay when the client's address changes. */
  readonly survivesMigration: boolean
}

export interface DirectoryStats {
  readonly connectionNum: number
  readonly acceptCount: number
  readonly closeCount: number
  /** Connections that were refused: no number, no slot, or a number past the end of the table. */
  readonly abortCount: number
  /** The last session id that was given out. */
  readonly sessionRound: number
  /** Bounds of the vfds in use; both -1 when there never was one. */
  readonly minFd: number
  readonly maxFd: number
}

/** The connections of a server, by session id. One thread owns it. */
export interface ConnectionDirectory<T> {
  readonly scheme: DirectoryScheme
  readonly features: DirectoryFeatures
  readonly stats: DirectoryStats
  /** Connections in the directory, whatever their state. */
  readonly size: number
  /** Undefined, and counted as an abort, when there is no room. Times are in ms. */
  add(connection: T, init: ConnectionInit, now: number): ConnectionRecord<T> | undefined
  /** The record whose session id this is; undefined when it is gone, whoever has its place now. */
  find(sessionId: number): ConnectionRecord<T> | undefined
  /** As `find`, and undefined until the handshake is confirmed. */
  verify(sessionId: number): ConnectionRecord<T> | undefined
  /** Frees all that the record holds. To be called once, at the end of its closing. */
  remove(record: ConnectionRecord<T>): void
  /** Every record from the lowest number to the highest. Records may be removed meanwhile. */
  records(): IterableIterator<ConnectionRecord<T>>
  /** The records behind that of `sessionId` (all for 0); undefined when it is unknown. */
  recordsAfter(sessionId: number): IterableIterator<ConnectionRecord<T>> | undefined
}
