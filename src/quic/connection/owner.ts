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
export class Scheduling {
  /** What the timer heap leads to; undefined when it is gone. */
  connection: Connection | undefined = undefined
  sendQueued = false
  eventsQueued = false
  /** The deadlines that stand in the timer heap, each earlier than the one before it. */
  readonly timers: number[] = []
}
