import { RangeSet } from '../../bytes/index.ts'
import { MAX_ACK_RANGES } from '../limits.ts'

/** ACK at the latest after this many ack-eliciting packets (RFC 9000 §13.2.2). */
const ACK_ELICITING_THRESHOLD = 2

/** The packet numbers received in one space, and when to acknowledge them (RFC 9000 §13.2). */
export class ReceivedPackets {
  readonly ranges = new RangeSet()
  /** -1 before the first packet. */
  largest = -1
  largestReceivedAt = 0
  /** Packets below it are taken for duplicates: their range was forgotten. */
  private floor = 0
  /** Ack-eliciting packets since the last ACK frame. */
  private unacknowledged = 0
  private immediate = false
  private deadline: number | undefined = undefined
  private readonly maxAckDelay: number

  /** @param maxAckDelay milliseconds; 0 where every packet is acknowledged at once (Initial, Handshake) */
  constructor(maxAckDelay: number) {
    this.maxAckDelay = maxAckDelay
  }

  isDuplicate(packetNumber: number): boolean {
    if (packetNumber < this.floor) return true
    return packetNumber <= this.largest && this.ranges.has(packetNumber)
  }

  onReceived(packetNumber: number, ackEliciting: boolean, now: number): void {
    const { ranges } = this
    const inOrder = packetNumber === this.largest + 1
    ranges.add(packetNumber, packetNumber + 1)
    if (packetNumber > this.largest) {
      this.largest = packetNumber
      this.largestReceivedAt = now
    }
    if (ranges.count > MAX_ACK_RANGES) {
      this.floor = ranges.end(0)
      ranges.shift()
    }
    if (!ackEliciting) return
    this.unacknowledged++
    // Out of order, or a gap was filled: the sender wants to know at once (RFC 9000 §13.2.1).
    if (!inOrder || this.unacknowledged >= ACK_ELICITING_THRESHOLD || this.maxAckDelay === 0) {
      this.immediate = true
    } else if (this.deadline === undefined) {
      this.deadline = now + this.maxAckDelay
    }
  }

  /** When an ACK must go out by; undefined when none is owed. */
  get ackDeadline(): number | undefined {
    return this.immediate ? 0 : this.deadline
  }

  /** Whether an ACK frame that rides along in a packet would tell anything new. */
  get owesAck(): boolean {
    return this.unacknowledged > 0
  }

  onAckSent(): void {
    this.unacknowledged = 0
    this.immediate = false
    this.deadline = undefined
  }

  /** The peer knows that we have everything up to `largestAcked`: it need not be told again (RFC 9000 §13.2.4). */
  onAckAcknowledged(largestAcked: number): void {
    const { ranges } = this
    // The range that holds it stays as the floor of later ACK frames.
    while (ranges.count > 1 && ranges.end(0) <= largestAcked) {
      this.floor = Math.max(this.floor, ranges.end(0))
      ranges.shift()
    }
  }
}
