import { Deque } from '../../bytes/index.ts'
import { MAX_IDLE_NUMBERS } from '../limits.ts'

/** What was in a sent packet and matters when it is acknowledged or lost. */
export const SentFrame = {
  /** stream id, offset, length * 2 + fin */
  stream: 0,
  /** offset, length */
  crypto: 1,
  /** largest packet number that the ACK frame covered */
  ack: 2,
  /** stream id */
  resetStream: 3,
  /** stream id */
  stopSending: 4,
  maxData: 5,
  /** stream id */
  maxStreamData: 6,
  /** 0 bidi, 1 uni */
  maxStreams: 7,
  /** sequence number */
  newConnectionId: 8,
  /** sequence number */
  retireConnectionId: 9,
  handshakeDone: 10,
  dataBlocked: 11,
  /** stream id */
  streamDataBlocked: 12,
  /** 0 bidi, 1 uni */
  streamsBlocked: 13,
} as const

const NUMBERS_PER_FRAME = 4

/** `settled`: lost, given up, or never waited for. */
const PacketState = { outstanding: 0, settled: 1, acknowledged: 2 } as const
type PacketState = (typeof PacketState)[keyof typeof PacketState]

/** One sent packet; pooled, so that a packet costs no allocation. */
export class SentPacket {
  packetNumber = 0
  sentAt = 0
  /** Bytes on the wire, header and tag included. */
  size = 0
  ackEliciting = false
  /** Counts towards bytes in flight (RFC 9002 §2). */
  inFlight = false
  /** PING and PADDING of a size that the path may not carry (RFC 9000 §14.4). */
  isMtuProbe = false
  state: PacketState = PacketState.outstanding
  frameCount = 0
  /** Kind and three numbers a frame, flat; only `frameCount` frames are valid. */
  private readonly frames: number[] = []

  record(kind: number, a = 0, b = 0, c = 0): void {
    const { frames } = this
    const at = this.frameCount++ * NUMBERS_PER_FRAME
    frames[at] = kind
    frames[at + 1] = a
    frames[at + 2] = b
    frames[at + 3] = c
  }

  /** The number `field` (0 is the kind) of frame `index`. */
  frame(index: number, field: 0 | 1 | 2 | 3): number {
    return this.frames[index * NUMBERS_PER_FRAME + field]!
  }

  reset(packetNumber: number): void {
    this.packetNumber = packetNumber
    this.sentAt = 0
    this.size = 0
    this.ackEliciting = false
    this.inFlight = false
    this.isMtuProbe = false
    this.state = PacketState.outstanding
    this.frameCount = 0
  }
}

/** In the place of all packets that were never waited for: left out, or nothing but ACK and the like. */
const IDLE = new SentPacket()
IDLE.state = PacketState.settled

/** The same, once they are acknowledged. */
const IDLE_ACKNOWLEDGED = new SentPacket()
IDLE_ACKNOWLEDGED.state = PacketState.acknowledged

/** Packets of all connections that nobody uses: what is idle keeps none. */
const POOL: SentPacket[] = []
const MAX_POOLED = 1024
/** One of hundreds of tiny frames is not worth its memory. */
const MAX_POOLED_FRAMES = 16

function release(packet: SentPacket): void {
  if (POOL.length < MAX_POOLED && packet.frameCount <= MAX_POOLED_FRAMES) POOL.push(packet)
}

/** Left-out numbers that are remembered: they lie hundreds of packets apart. */
const MAX_SKIPPED_NUMBERS = 8

const NONE_SKIPPED: readonly number[] = []

/** Packets of one packet number space in the order of their numbers, from the oldest unsettled one on. */
export class SentPackets {
  private readonly slots = new Deque<SentPacket>()
  private skipped = NONE_SKIPPED
  /** The packet number of the front slot. */
  private base = 0
  /** How many wait for their acknowledgment and elicit one. */
  ackElicitingOutstanding = 0
  /** Slots of packets that were never waited for: they stand behind one that still waits. */
  private idleCount = 0

  get nextPacketNumber(): number {
    return this.base + this.slots.length
  }

  get oldest(): number {
    return this.base
  }

  /** An empty packet with the next number; to be given to `commit` or `abandon`. */
  begin(): SentPacket {
    const packet = POOL.pop() ?? new SentPacket()
    packet.reset(this.nextPacketNumber)
    return packet
  }

  abandon(packet: SentPacket): void {
    release(packet)
  }

  /** A packet that is not in flight is not kept: nothing in it is ever sent again. */
  commit(packet: SentPacket): void {
    if (packet.inFlight) {
      if (packet.ackEliciting) this.ackElicitingOutstanding++
      this.slots.push(packet)
      return
    }
    this.pushIdle()
    this.trim()
    release(packet)
  }

  private pushIdle(): void {
    this.slots.push(IDLE)
    this.idleCount++
  }

  /**
   * Whether so many packets without need of an acknowledgment are behind one that never gets its own
   * that no more of them may go out: the peer makes us send ACKs and sends none.
   */
  get isCrowded(): boolean {
    return this.idleCount >= MAX_IDLE_NUMBERS
  }

  /** Leaves a number out: whoever acknowledges it lies (RFC 9000 §21.4). */
  skip(): void {
    this.skipped = [...this.skipped, this.nextPacketNumber].slice(-MAX_SKIPPED_NUMBERS)
    this.pushIdle()
  }

  /** Whether a number from `smallest` to `largest` was left out. */
  hasSkipped(smallest: number, largest: number): boolean {
    for (const packetNumber of this.skipped) {
      if (packetNumber >= smallest && packetNumber <= largest) return true
    }
    return false
  }

  /** The packet, if it is still waiting. */
  outstanding(packetNumber: number): SentPacket | undefined {
    const packet = this.slots.at(packetNumber - this.base)
    return packet?.state === PacketState.outstanding ? packet : undefined
  }

  /** The packet, if it was still waiting; it must not be used after `trim`. */
  acknowledge(packetNumber: number): SentPacket | undefined {
    const index = packetNumber - this.base
    const packet = this.slots.at(index)
    if (packet === undefined) return undefined
    if (packet === IDLE) this.slots.set(index, IDLE_ACKNOWLEDGED)
    if (packet === IDLE || packet === IDLE_ACKNOWLEDGED) return undefined
    const wasOutstanding = packet.state === PacketState.outstanding
    if (wasOutstanding && packet.ackEliciting) this.ackElicitingOutstanding--
    packet.state = PacketState.acknowledged
    return wasOutstanding ? packet : undefined
  }

  /** Whether a packet between the two, both of which are still kept, was acknowledged. */
  hasAcknowledgedBetween(lower: number, upper: number): boolean {
    for (let n = lower + 1; n < upper; n++) {
      if (this.slots.at(n - this.base)?.state === PacketState.acknowledged) return true
    }
    return false
  }

  /** The waiting packet is lost or given up; it must not be used after `trim`. */
  settle(packet: SentPacket): void {
    packet.state = PacketState.settled
    if (packet.ackEliciting) this.ackElicitingOutstanding--
  }

  /** Gives back settled packets at the front. */
  trim(): void {
    const { slots } = this
    for (let front = slots.peek(); front !== undefined; front = slots.peek()) {
      if (front.state === PacketState.outstanding) return
      slots.shift()
      this.base++
      if (front === IDLE || front === IDLE_ACKNOWLEDGED) this.idleCount--
      else release(front)
    }
  }
}
