import { Deque, MinHeap, NOT_IN_HEAP } from '../../bytes/index.ts'
import type { Connection } from '../connection/connection.ts'
import type { Scheduling } from '../connection/owner.ts'
import type { DatagramBatch } from '../datagram.ts'
import { MAX_DATAGRAMS_PER_TURN } from '../limits.ts'

/**
 * Milliseconds that a deadline may have moved back before the heap is told: under load it moves with
 * every packet. Not forever: a deadline that stands there in vain wakes the process up.
 */
const LAZINESS = 4

/** Who sends next, whose deadline is next, and who has events. */
export class Scheduler {
  private readonly senders = new Deque<Connection>()
  private readonly withEvents = new Deque<Connection>()
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
      const { connection } = timers.pop()!
      const deadline = connection.nextTimeout()
      if (deadline === undefined) continue
      if (deadline > now) {
        timers.push(deadline, connection.scheduling)
        continue
      }
      connection.onTimeout(now)
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
        this.clearTimer(connection)
        this.onGone(connection)
      } else this.setTimer(connection)
    }
    return false
  }

  private setTimer(connection: Connection): void {
    const deadline = connection.nextTimeout()
    if (deadline === undefined) return
    const { timers } = this
    const { scheduling } = connection
    if (scheduling.heapIndex === NOT_IN_HEAP) return timers.push(deadline, scheduling)
    const later = deadline - timers.keyOf(scheduling)
    if (later < 0 || later > LAZINESS) timers.move(deadline, scheduling)
  }

  /** Without this the heap would keep a connection that is gone until its last deadline. */
  private clearTimer({ scheduling }: Connection): void {
    if (scheduling.heapIndex !== NOT_IN_HEAP) this.timers.remove(scheduling)
  }
}
