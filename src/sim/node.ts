import type { DatagramMachine, SocketAddress } from '../quic/index.ts'
import type { Link } from './link.ts'

/** A machine at an address, with what the simulator knows of it. */
export class Node {
  readonly machine: DatagramMachine
  /** The address that the machine itself knows as its own. */
  readonly address: SocketAddress
  /** The address under which others see it: that of its NAT, once `Simulator.rebind` gave it one. */
  publicAddress: SocketAddress
  /** Datagrams that the machine sent, and that reached it. */
  sentCount = 0
  receivedCount = 0
  readonly onTurn: (now: number) => void
  /** The way to each other node that there is a link to. */
  readonly links = new Map<Node, Link>()
  /** When its machine wants to be called; what the event queue has for other times is stale. */
  deadline: number | undefined = undefined
  private timeoutsAt = Number.NEGATIVE_INFINITY
  private timeouts = 0

  constructor(machine: DatagramMachine, address: SocketAddress, onTurn: (now: number) => void) {
    this.machine = machine
    this.address = address
    this.publicAddress = address
    this.onTurn = onTurn
  }

  /** Counts a timeout at `time`; returns how many there have been in this instant. */
  countTimeout(time: number): number {
    if (time > this.timeoutsAt) this.timeouts = 0
    this.timeoutsAt = time
    return ++this.timeouts
  }
}
