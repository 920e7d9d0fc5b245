import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkAtLeast, type LinkElement, type Outlet } from './element.ts'

/**
 * Holds every datagram for `delay` milliseconds and up to `jitter` more, evenly distributed. The
 * order stays: one that drew little jitter waits for those before it.
 */
export class Delay implements LinkElement {
  readonly name = 'delay'
  private readonly delay: number
  private readonly jitter: number
  private readonly random: Random
  private lastArrival = Number.NEGATIVE_INFINITY

  constructor(delay: number, jitter: number, random: Random) {
    checkAtLeast('delay', delay, 0)
    checkAtLeast('jitter', jitter, 0)
    this.delay = delay
    this.jitter = jitter
    this.random = random
  }

  receive(packet: Packet, now: number, out: Outlet): void {
    const jitter = this.jitter === 0 ? 0 : this.random.next() * this.jitter
    this.lastArrival = Math.max(this.lastArrival, now + this.delay + jitter)
    out.forward(packet, this.lastArrival - now)
  }
}
