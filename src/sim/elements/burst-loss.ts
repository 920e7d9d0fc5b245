import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkAtLeast, checkProbability, type LinkElement, type Outlet } from './element.ts'

export interface BurstLossOptions {
  /** The part of all datagrams that is lost in the long run, below 1. */
  readonly rate: number
  /** How many datagrams in a row are lost on average, at least 1. */
  readonly meanBurst: number
}

/**
 * The Gilbert model: a good state in which everything passes and a bad one in which everything is
 * lost, with a chance of changing over at each datagram. The bad state is left with probability
 * 1 / meanBurst; it is entered as often as keeps the mean loss at `rate`.
 */
export class BurstLoss implements LinkElement {
  readonly name = 'burstLoss'
  private readonly toBad: number
  private readonly toGood: number
  private readonly random: Random
  private bad = false

  constructor({ rate, meanBurst }: BurstLossOptions, random: Random) {
    checkAtLeast('meanBurst', meanBurst, 1)
    this.toGood = 1 / meanBurst
    this.toBad = rate / (meanBurst * (1 - rate))
    checkProbability('rate', rate)
    checkProbability('chance of a burst, rate / (meanBurst · (1 - rate)),', this.toBad)
    this.random = random
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    this.bad = this.bad ? !this.random.chance(this.toGood) : this.random.chance(this.toBad)
    if (this.bad) out.drop(packet)
    else out.forward(packet, 0)
  }
}
