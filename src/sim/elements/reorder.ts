import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkAtLeast, checkProbability, type LinkElement, type Outlet } from './element.ts'

export interface ReorderOptions {
  /** The part of datagrams that is held back. */
  readonly rate: number
  /** Milliseconds that these are late, so that later ones overtake. */
  readonly delay: number
}

/** Holds some datagrams back so that those behind overtake them. */
export class Reorder implements LinkElement {
  readonly name = 'reorder'
  private readonly rate: number
  private readonly delay: number
  private readonly random: Random

  constructor(options: ReorderOptions, random: Random) {
    checkProbability('rate', options.rate)
    checkAtLeast('delay', options.delay, 0)
    this.rate = options.rate
    this.delay = options.delay
    this.random = random
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    if (!this.random.chance(this.rate)) {
      out.forward(packet, 0)
      return
    }
    out.mark(packet)
    out.forward(packet, this.delay)
  }
}
