import {
  MAX_UNDECRYPTABLE_BYTES,
  MAX_UNDECRYPTABLE_PACKETS,
  UNDECRYPTABLE_LIFETIME,
} from '../limits.ts'

/** Packets that came before their keys did, for a moment; the newest are dropped when there are too many. */
export class UndecryptablePackets {
  private packets: Uint8Array[] = []
  /** Until when each of them is kept. */
  private deadlines: number[] = []
  private bytes = 0

  add(packet: Uint8Array, now: number): boolean {
    if (
      this.packets.length >= MAX_UNDECRYPTABLE_PACKETS ||
      this.bytes + packet.length > MAX_UNDECRYPTABLE_BYTES
    ) {
      return false
    }
    this.packets.push(packet.slice())
    this.deadlines.push(now + UNDECRYPTABLE_LIFETIME)
    this.bytes += packet.length
    return true
  }

  get isEmpty(): boolean {
    return this.packets.length === 0
  }

  /** All that is kept, to be tried once more. */
  take(): Uint8Array[] {
    const { packets } = this
    this.packets = []
    this.deadlines = []
    this.bytes = 0
    return packets
  }

  get nextTimeout(): number | undefined {
    return this.deadlines[0]
  }

  /** Forgets those that have waited long enough; how many these are. */
  onTimeout(now: number): number {
    const { deadlines, packets } = this
    let count = 0
    for (; count < packets.length && deadlines[count]! <= now; count++) {
      this.bytes -= packets[count]!.length
    }
    if (count > 0) {
      packets.splice(0, count)
      deadlines.splice(0, count)
    }
    return count
  }
}
