import { MAX_UNDECRYPTABLE_BYTES, MAX_UNDECRYPTABLE_PACKETS } from '../limits.ts'

/** Packets that came before their keys did; the newest are dropped when there are too many. */
export class UndecryptablePackets {
  private packets: Uint8Array[] = []
  private bytes = 0

  add(packet: Uint8Array): boolean {
    if (
      this.packets.length >= MAX_UNDECRYPTABLE_PACKETS ||
      this.bytes + packet.length > MAX_UNDECRYPTABLE_BYTES
    ) {
      return false
    }
    this.packets.push(packet.slice())
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
    this.bytes = 0
    return packets
  }
}
