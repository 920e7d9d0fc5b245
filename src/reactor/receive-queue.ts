import { Deque } from '../bytes/index.ts'
import type { DatagramMachine, DatagramMeta } from '../quic/index.ts'
import {
  FLOW_QUANTUM,
  MAX_DATAGRAMS_PER_FLOW,
  MAX_DATAGRAMS_PER_TURN,
  MAX_WAITING_DATAGRAMS,
  MAX_WAITING_PER_FLOW,
} from './limits.ts'

/** What waits of one connection, or of all that belongs to none. */
class Flow {
  readonly key: object | undefined
  readonly datagrams = new Deque<Uint8Array>()
  readonly metas = new Deque<DatagramMeta>()
  takenInTurn = 0

  constructor(key: object | undefined) {
    this.key = key
  }
}

/**
 * Datagrams on their way to a machine. What one connection may have of a turn takes them in the order
 * in which they came, which is all that ever comes from a socket of Node. Where more wait than that,
 * connections take turns, so that one that floods makes itself wait and nobody else; one that is alone
 * may have all of a turn.
 */
export class ReceiveQueue {
  /** Datagrams that were dropped because too many waited. */
  droppedCount = 0
  private readonly machine: DatagramMachine
  /** In the order of their arrival. */
  private readonly datagrams = new Deque<Uint8Array>()
  private readonly metas = new Deque<DatagramMeta>()
  /** Those that a turn left over, by flow; the flow at the front is next. */
  private readonly flows = new Map<object | undefined, Flow>()
  private readonly order = new Deque<Flow>()
  private sortedCount = 0

  constructor(machine: DatagramMachine) {
    this.machine = machine
  }

  get isEmpty(): boolean {
    return this.length === 0
  }

  get length(): number {
    return this.datagrams.length + this.sortedCount
  }

  push(datagram: Uint8Array, meta: DatagramMeta): void {
    if (this.length >= MAX_WAITING_DATAGRAMS) {
      this.droppedCount++
      return
    }
    this.datagrams.push(datagram)
    this.metas.push(meta)
  }

  /** Gives the machine what one turn takes. */
  drain(now: number): void {
    const { datagrams, machine, metas } = this
    if (this.sortedCount === 0 && datagrams.length <= MAX_DATAGRAMS_PER_FLOW) {
      while (datagrams.length > 0) machine.receive(datagrams.shift()!, metas.shift()!, now)
      return
    }
    while (datagrams.length > 0) this.sort(datagrams.shift()!, metas.shift()!)
    this.takeTurns(now)
  }

  clear(): void {
    this.datagrams.clear()
    this.metas.clear()
    this.flows.clear()
    this.order.clear()
    this.sortedCount = 0
  }

  private sort(datagram: Uint8Array, meta: DatagramMeta): void {
    const key = this.machine.flowOf?.(datagram)
    let flow = this.flows.get(key)
    if (flow === undefined) {
      flow = new Flow(key)
      this.flows.set(key, flow)
      this.order.push(flow)
    }
    if (flow.datagrams.length >= MAX_WAITING_PER_FLOW) {
      this.droppedCount++
      return
    }
    flow.datagrams.push(datagram)
    flow.metas.push(meta)
    this.sortedCount++
  }

  private takeTurns(now: number): void {
    const { order } = this
    const share = order.length === 1 ? MAX_DATAGRAMS_PER_TURN : MAX_DATAGRAMS_PER_FLOW
    for (let i = 0; i < order.length; i++) order.at(i)!.takenInTurn = 0
    let room = MAX_DATAGRAMS_PER_TURN
    // Round after round, until the turn is full or every flow that is left has had its share.
    for (let satisfied = 0; room > 0 && satisfied < order.length; ) {
      const flow = order.shift()!
      const taken = this.take(flow, Math.min(room, FLOW_QUANTUM, share - flow.takenInTurn), now)
      room -= taken
      satisfied = taken === 0 ? satisfied + 1 : 0
      if (flow.datagrams.length > 0) order.push(flow)
      else this.flows.delete(flow.key)
    }
  }

  private take(flow: Flow, most: number, now: number): number {
    const { datagrams, metas } = flow
    const count = Math.min(most, datagrams.length)
    for (let i = 0; i < count; i++) {
      this.sortedCount--
      this.machine.receive(datagrams.shift()!, metas.shift()!, now)
    }
    flow.takenInTurn += count
    return count
  }
}
