import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkProbability, type LinkElement, type Outlet } from './element.ts'

/** Drops each datagram with the same probability. */
export class Loss implements LinkElement {
  readonly name = 'loss'
  private readonly rate: number
  private readonly random: Random

  constructor(rate: number, random: Random) {
    checkProbability('loss', rate)
    this.rate = rate
    this.random = random
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    if (this.random.chance(this.rate)) out.drop(packet)
    else out.forward(packet, 0)
  }
}
