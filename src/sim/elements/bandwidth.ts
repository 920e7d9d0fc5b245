import { Deque } from '../../bytes/index.ts'
import type { Packet } from '../packet.ts'
import { checkAtLeast, type LinkElement, type Outlet } from './element.ts'

export interface BandwidthOptions {
  readonly bitsPerSecond: number
  /** Datagrams that wait, besides the one on the wire; default: no limit. */
  readonly queuePackets?: number
  /** Bytes that wait, besides the datagram on the wire; default: no limit. */
  readonly queueBytes?: number
}

/** What IPv4 and UDP add to a datagram on the wire. */
const HEADER_BYTES = 28

/** A wire of limited speed behind a first-in-first-out queue that drops what does not fit. */
export class Bandwidth implements LinkElement {
  readonly name = 'bandwidth'
  private readonly msPerByte: number
  private readonly queuePackets: number
  private readonly queueBytes: number
  /** When each waiting datagram gets onto the wire, and its size. */
  private readonly starts = new Deque<number>()
  private readonly sizes = new Deque<number>()
  private waitingBytes = 0
  private wireFreeAt = Number.NEGATIVE_INFINITY

  constructor(options: BandwidthOptions) {
    checkAtLeast('bitsPerSecond', options.bitsPerSecond, Number.MIN_VALUE)
    this.msPerByte = 8000 / options.bitsPerSecond
    this.queuePackets = options.queuePackets ?? Number.POSITIVE_INFINITY
    this.queueBytes = options.queueBytes ?? Number.POSITIVE_INFINITY
    checkAtLeast('queuePackets', this.queuePackets, 0)
    checkAtLeast('queueBytes', this.queueBytes, 0)
  }

  receive(packet: Packet, now: number, out: Outlet): void {
    const size = packet.bytes.length + HEADER_BYTES
    for (let start = this.starts.peek(); start !== undefined; start = this.starts.peek()) {
      if (start > now) break
      this.starts.shift()
      this.waitingBytes -= this.sizes.shift() ?? 0
    }
    const start = Math.max(now, this.wireFreeAt)
    if (start > now) {
      if (this.starts.length >= this.queuePackets || this.waitingBytes + size > this.queueBytes) {
        out.drop(packet)
        return
      }
      this.starts.push(start)
      this.sizes.push(size)
      this.waitingBytes += size
    }
    this.wireFreeAt = start + size * this.msPerByte
    out.forward(packet, this.wireFreeAt - now)
  }
}
