/** Small machines and elements' surroundings for the tests of the simulator and the reactor. */
import type {
  DatagramBatch,
  DatagramMachine,
  DatagramMeta,
  SocketAddress,
} from '../../src/quic/index.ts'
import type { LinkElement, Packet } from '../../src/sim/index.ts'

export const A: SocketAddress = { address: '10.0.0.1', port: 1000 }
export const B: SocketAddress = { address: '10.0.0.2', port: 2000 }

/** Sends what it is told to and writes down what comes. */
export class Recorder implements DatagramMachine {
  readonly outbox: { bytes: Uint8Array; remote: SocketAddress }[] = []
  readonly inbox: { bytes: Uint8Array; meta: DatagramMeta; at: number }[] = []
  readonly timeouts: number[] = []
  deadline: number | undefined = undefined

  send(bytes: Uint8Array, remote: SocketAddress): void {
    this.outbox.push({ bytes, remote })
  }

  receive(bytes: Uint8Array, meta: DatagramMeta, at: number): void {
    this.inbox.push({ bytes, meta, at })
  }

  onTimeout(now: number): void {
    if (this.deadline === undefined || now < this.deadline) return
    this.deadline = undefined
    this.timeouts.push(now)
  }

  nextTimeout(): number | undefined {
    return this.deadline
  }

  transmit(_now: number, out: DatagramBatch): boolean {
    for (let next = this.outbox[0]; next !== undefined; next = this.outbox[0]) {
      const buffer = out.next()
      if (buffer === undefined) return true
      buffer.set(next.bytes)
      out.commit(next.bytes.length, next.remote, A)
      this.outbox.shift()
    }
    return false
  }

  /** The first byte of everything received. */
  get firstBytes(): number[] {
    return this.inbox.map(({ bytes }) => bytes[0]!)
  }
}

/** Sends back whatever it receives to where it came from. */
export class Echo extends Recorder {
  override receive(bytes: Uint8Array, meta: DatagramMeta): void {
    this.send(bytes, meta.remote)
  }
}

/**
 * The sender of a protocol that brings `total` numbers across any link: each is repeated every 100 ms
 * until its echo has come; up to eight are under way. `isDone` once all came back.
 */
export class RepeatingSender implements DatagramMachine {
  readonly acknowledged = new Set<number>()
  private readonly sentAt = new Map<number, number>()
  private readonly total: number
  private readonly remote: SocketAddress
  private next = 0

  constructor(total: number, remote: SocketAddress) {
    this.total = total
    this.remote = remote
  }

  get isDone(): boolean {
    return this.acknowledged.size === this.total
  }

  receive(bytes: Uint8Array): void {
    const number = (bytes[0]! << 8) | bytes[1]!
    if (bytes[2] !== 0x55 || number >= this.total) return
    this.acknowledged.add(number)
    this.sentAt.delete(number)
  }

  onTimeout(): void {}

  nextTimeout(): number | undefined {
    let earliest: number | undefined
    for (const sentAt of this.sentAt.values())
      if (earliest === undefined || sentAt + 100 < earliest) earliest = sentAt + 100
    return earliest
  }

  transmit(now: number, out: DatagramBatch): boolean {
    while (this.sentAt.size < 8 && this.next < this.total)
      this.sentAt.set(this.next++, Number.NEGATIVE_INFINITY)
    for (const [number, sentAt] of this.sentAt) {
      if (sentAt + 100 > now) continue
      const buffer = out.next()
      if (buffer === undefined) return true
      buffer.fill(0x55, 0, 100)
      buffer[0] = number >>> 8
      buffer[1] = number
      out.commit(100, this.remote, A)
      this.sentAt.set(number, now)
    }
    return false
  }
}

export function packetOf(bytes: Uint8Array): Packet {
  return { bytes, from: A, to: B, record: undefined }
}

/** What an element does to one packet after another; each enters at the time given. */
export function passThrough(
  element: LinkElement,
  packets: readonly { bytes: Uint8Array; at: number }[],
): { delivered: { bytes: Uint8Array; index: number; at: number }[]; dropped: number[] } {
  const delivered: { bytes: Uint8Array; index: number; at: number }[] = []
  const dropped: number[] = []
  packets.forEach(({ bytes, at }, index) => {
    element.receive(packetOf(bytes), at, {
      forward: (packet, delay) => delivered.push({ bytes: packet.bytes, index, at: at + delay }),
      drop: () => dropped.push(index),
      mark: () => {},
    })
  })
  return { delivered, dropped }
}

/** `count` packets of `size` bytes, `gap` ms apart, numbered in their first byte. */
export function packets(count: number, size = 100, gap = 0): { bytes: Uint8Array; at: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    bytes: new Uint8Array(size).fill(i & 0xff, 0, 1),
    at: i * gap,
  }))
}
