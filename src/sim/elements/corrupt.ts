import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { checkAtLeast, checkProbability, type LinkElement, type Outlet } from './element.ts'

export interface CorruptOptions {
  /** The part of datagrams that is changed. */
  readonly rate: number
  /** How many bytes from the start the changed one is among; default: all. */
  readonly within?: number
}

/** Changes one byte of a datagram, as a broken link below UDP's checksum would. */
export class Corrupt implements LinkElement {
  readonly name = 'corrupt'
  private readonly rate: number
  private readonly within: number
  private readonly random: Random

  constructor(options: CorruptOptions, random: Random) {
    checkProbability('rate', options.rate)
    this.rate = options.rate
    this.within = options.within ?? Number.POSITIVE_INFINITY
    checkAtLeast('within', this.within, 1)
    this.random = random
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    if (packet.bytes.length > 0 && this.random.chance(this.rate)) {
      const bytes = packet.bytes.slice()
      const at = this.random.int(Math.min(bytes.length, this.within))
      bytes[at] = bytes[at]! ^ (1 + this.random.int(255))
      packet.bytes = bytes
      out.mark(packet)
    }
    out.forward(packet, 0)
  }
}
