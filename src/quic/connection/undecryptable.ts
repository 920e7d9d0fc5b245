import { Deque } from '../../bytes/index.ts'
import {
  MAX_UNDECRYPTABLE_BYTES,
  MAX_UNDECRYPTABLE_PACKETS,
  UNDECRYPTABLE_LIFETIME,
} from '../limits.ts'

interface KeptPacket {
  readonly bytes: Uint8Array
  /** Until when it is kept. */
  readonly deadline: number
}

/** Packets that came before their keys did, for a moment; the newest are dropped when there are too many. */
export class UndecryptablePackets {
  /** In a connection whose handshake is over there are none any more. */
  private readonly packets = new Deque<KeptPacket>()
  private bytes = 0

  add(packet: Uint8Array, now: number): boolean {
    if (
      this.packets.length >= MAX_UNDECRYPTABLE_PACKETS ||
      this.bytes + packet.length > MAX_UNDECRYPTABLE_BYTES
    ) {
      return false
    }
    this.packets.push({ bytes: packet.slice(), deadline: now + UNDECRYPTABLE_LIFETIME })
    this.bytes += packet.length
    return true
  }

  get isEmpty(): boolean {
    return this.packets.length === 0
  }

  /** All that is kept, to be tried once more. */
  take(): Uint8Array[] {
    const taken: Uint8Array[] = []
    for (let next = this.packets.shift(); next !== undefined; next = this.packets.shift()) {
      taken.push(next.bytes)
    }
    this.bytes = 0
    return taken
  }

  get nextTimeout(): number | undefined {
    return this.packets.peek()?.deadline
  }

  /** Forgets those that have waited long enough; how many these are. */
  onTimeout(now: number): number {
    const { packets } = this
    let count = 0
    for (let next = packets.peek(); next !== undefined; next = packets.peek()) {
      if (next.deadline > now) break
      packets.shift()
      this.bytes -= next.bytes.length
      count++
    }
    return count
  }
}
