import { type HeapItem, NOT_IN_HEAP } from '../../bytes/index.ts'
import type { Connection } from './connection.ts'

/** What a connection needs of the endpoint that it belongs to. */
export interface ConnectionOwner {
  /** It has something to send, or another deadline. */
  onWork(connection: Connection): void
  /** It has events to drain. */
  onEvents(connection: Connection): void
  onHandshakeConfirmed(connection: Connection): void
}

/** The endpoint's bookkeeping of one connection; the connection itself does not look at it. */
export class Scheduling implements HeapItem {
  readonly connection: Connection
  sendQueued = false
  eventsQueued = false
  /** Its place among the timers. */
  heapIndex = NOT_IN_HEAP

  constructor(connection: Connection) {
    this.connection = connection
  }
}
