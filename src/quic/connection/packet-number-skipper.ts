import type { RandomBytes } from '../../tls13/index.ts'

const FIRST_GAP = 128
const MAX_GAP = 128 * 1024

/**
 * Chooses packet numbers to leave out, so that a peer that acknowledges what it has not received is
 * found out (RFC 9000 §21.4). The gaps grow: a long transfer needs fewer.
 */
export class PacketNumberSkipper {
  private gap = FIRST_GAP
  private next: number
  private readonly randomBytes: RandomBytes

  constructor(randomBytes: RandomBytes) {
    this.randomBytes = randomBytes
    this.next = this.choose(0)
  }

  shouldSkip(packetNumber: number): boolean {
    if (packetNumber < this.next) return false
    this.gap = Math.min(this.gap * 2, MAX_GAP)
    this.next = this.choose(packetNumber + 1)
    return true
  }

  private choose(from: number): number {
    const random = this.randomBytes(2)
    return from + this.gap + Math.floor((this.gap * ((random[0]! << 8) | random[1]!)) / 65_536)
  }
}
