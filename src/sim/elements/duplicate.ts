import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkProbability, type LinkElement, type Outlet } from './element.ts'

/** Sends some datagrams twice, the copy right behind the original. */
export class Duplicate implements LinkElement {
  readonly name = 'duplicate'
  private readonly rate: number
  private readonly random: Random

  constructor(rate: number, random: Random) {
    checkProbability('duplicate', rate)
    this.rate = rate
    this.random = random
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    const copy = this.random.chance(this.rate) ? { ...packet } : undefined
    out.forward(packet, 0)
    if (copy === undefined) return
    out.mark(copy)
    out.forward(copy, 0)
  }
}
