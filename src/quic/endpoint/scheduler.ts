import { Deque, MinHeap } from '../../bytes/index.ts'
import type { Connection } from '../connection/connection.ts'
import type { Scheduling } from '../connection/owner.ts'
import type { DatagramBatch } from '../datagram.ts'
import { MAX_DATAGRAMS_PER_TURN } from '../limits.ts'

/**
 * Who sends next, whose deadline is next, and who has events. Deadlines are kept lazily: a connection
 * moves its deadlines with every packet, nearly always later, and is put into the heap again only when
 * the one that stands there has passed or an earlier one has come.
 */
export class Scheduler {
  private readonly senders = new Deque<Connection>()
  private readonly withEvents = new Deque<Connection>()
  /** Without the connections: one that is gone would be kept until its last deadline. */
  private readonly timers = new MinHeap<Scheduling>()
  private readonly onGone: (connection: Connection) => void

  constructor(onGone: (connection: Connection) => void) {
    this.onGone = onGone
  }

  onWork(connection: Connection): void {
    if (connection.scheduling.sendQueued) return
    connection.scheduling.sendQueued = true
    this.senders.push(connection)
  }

  onEvents(connection: Connection): void {
    if (connection.scheduling.eventsQueued) return
    connection.scheduling.eventsQueued = true
    this.withEvents.push(connection)
  }

  nextWithEvents(): Connection | undefined {
    const connection = this.withEvents.shift()
    if (connection !== undefined) connection.scheduling.eventsQueued = false
    return connection
  }

  nextTimeout(): number | undefined {
    return this.timers.peekKey()
  }

  onTimeout(now: number): void {
    const { timers } = this
    for (let at = timers.peekKey(); at !== undefined && at <= now; at = timers.peekKey()) {
      const scheduling = timers.pop()!
      scheduling.timers.pop()
      const { connection } = scheduling
      const deadline = connection?.nextTimeout()
      if (connection === undefined || deadline === undefined) continue
      if (deadline <= now) connection.onTimeout(now)
      // What it did about it shows in `transmit`; nothing to do leaves it without a timer.
      this.onWork(connection)
    }
  }

  /** Each connection in turn fills a few datagrams; true when the batch is full and there may be more. */
  transmit(now: number, out: DatagramBatch): boolean {
    const { senders } = this
    for (let connection = senders.peek(); connection !== undefined; connection = senders.peek()) {
      if (out.next() === undefined) return true
      const more = connection.transmit(now, out, MAX_DATAGRAMS_PER_TURN)
      senders.shift()
      if (more) {
        senders.push(connection)
        continue
      }
      connection.scheduling.sendQueued = false
      if (connection.isGone) {
        connection.scheduling.connection = undefined
        this.onGone(connection)
      } else this.setTimer(connection)
    }
    return false
  }

  private setTimer(connection: Connection): void {
    const deadline = connection.nextTimeout()
    if (deadline === undefined) return
    const { scheduling } = connection
    const entries = scheduling.timers
    const earliest = entries.at(-1)
    if (earliest !== undefined && earliest <= deadline) return
    entries.push(deadline)
    scheduling.connection = connection
    this.timers.push(deadline, scheduling)
  }
}
