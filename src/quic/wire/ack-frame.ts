/**
 * An ACK frame as it was received. One object serves a parser for all its frames: what is in it is
 * good until the visitor returns. Its storage grows with the bytes of a frame, never with its claims.
 */
export class AckFrame {
  largestAcked = 0
  /** As sent: not yet shifted by the peer's ack_delay_exponent. */
  ackDelay = 0
  rangeCount = 0
  hasEcn = false
  ect0 = 0
  ect1 = 0
  ce = 0
  /** smallest, largest, smallest, largest … descending; only `rangeCount` pairs are valid. */
  private readonly edges: number[] = []

  reset(largestAcked: number, ackDelay: number): void {
    this.largestAcked = largestAcked
    this.ackDelay = ackDelay
    this.rangeCount = 0
    this.hasEcn = false
    this.ect0 = 0
    this.ect1 = 0
    this.ce = 0
  }

  /** Ranges come in descending order. Both ends are members. */
  addRange(smallest: number, largest: number): void {
    const at = this.rangeCount++ * 2
    this.edges[at] = smallest
    this.edges[at + 1] = largest
  }

  smallest(index: number): number {
    return this.edges[index * 2]!
  }

  largest(index: number): number {
    return this.edges[index * 2 + 1]!
  }
}
