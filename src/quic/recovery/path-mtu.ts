import type { SentPacket } from './sent-packets.ts'

/** What every path carries (RFC 9000 §14): BASE_PLPMTU of RFC 8899 §5.1.2. */
export const BASE_DATAGRAM_SIZE = 1200

/**
 * Sizes to try, in this order: what is left of an Ethernet frame of 1,500 bytes, and of a jumbo frame
 * of 9,000, behind the headers of UDP and IPv6 or IPv4. The one after each pair says whether it was the end.
 */
const COMMON_SIZES = [1452, 1472, 1492, 8952, 8972, Number.POSITIVE_INFINITY] as const

/** Bytes that are worth another probe; the search ends when there is less to be gained. */
const MIN_GAIN = 20

/** Lost probes of one size after which it is given up: MAX_PROBES of RFC 8899 §5.1.2. */
const MAX_PROBES = 3

/** Datagrams that must be acknowledged before each probe: whoever sends little gains nothing by it. */
const DATAGRAMS_PER_PROBE = 8

/** Milliseconds until a larger size is tried again: PMTU_RAISE_TIMER of RFC 8899 §5.1.1. */
const RAISE_INTERVAL = 600_000

/** The same after a black hole: a path that changes its mind must not do so all the time (RFC 8899 §5.3.3). */
const BLACK_HOLE_PAUSE = 60_000

/**
 * Losses of large packets, each of what was sent after the one before it was noticed, that make a black
 * hole. One alone may be the end of a burst that met a full queue.
 */
const BLACK_HOLE_ROUNDS = 3

/**
 * Finds out how large the datagrams may be that one path carries (DPLPMTUD: RFC 8899, RFC 9000 §14.3).
 * It has no timer: only who sends data, and has some of it acknowledged, probes or notices a black hole.
 */
export class PathMtu {
  /** Bytes of UDP payload that may be sent. */
  size: number
  private readonly ceiling: number
  /** The smallest size that was given up; above `ceiling` when none was. */
  private tooLarge: number
  /** What to try next; 0 for nothing. */
  private candidate = 0
  /** Probes of the candidate that were lost. */
  private lostProbes = 0
  private isProbing = false
  /** No probe before this time. */
  private searchAt = Number.NEGATIVE_INFINITY
  /** Datagrams acknowledged since the last probe was sent. */
  private acknowledged = 0
  /** Packets before this one say nothing: they took another path, or were sent before a black hole. */
  private firstPacketNumber = 0
  // Of large packets that were lost, without any so large that was sent later and arrived:
  private lostRounds = 0
  private firstLost = 0
  private smallestLost = Number.POSITIVE_INFINITY
  /** The first packet of the next round. */
  private roundEnd = 0

  /**
   * @param size to begin with
   * @param ceiling the largest that both sides can handle
   */
  constructor(size: number, ceiling: number) {
    this.size = Math.min(size, ceiling)
    this.ceiling = ceiling
    this.tooLarge = ceiling + 1
    this.plan(0)
  }

  /** The path is in use from packet `nextPacketNumber` on. */
  enter(nextPacketNumber: number): void {
    this.firstPacketNumber = nextPacketNumber
    this.isProbing = false
    this.acknowledged = 0
    this.forgetLosses()
  }

  /** Bytes of the probe that is due; 0 when none is. */
  dueProbe(now: number): number {
    if (this.isProbing || this.acknowledged < DATAGRAMS_PER_PROBE || now < this.searchAt) return 0
    return this.candidate
  }

  onProbeSent(): void {
    this.isProbing = true
    this.acknowledged = 0
  }

  onAcked(packet: SentPacket, now: number): void {
    const { packetNumber, size } = packet
    if (packetNumber < this.firstPacketNumber) return
    if (packet.isMtuProbe) {
      this.isProbing = false
      this.size = size
      this.plan(now)
    } else if (2 * size >= this.size) this.acknowledged++
    if (size >= this.smallestLost && packetNumber > this.firstLost) this.forgetLosses()
  }

  /** @param nextPacketNumber what is sent from now on is sent in the knowledge of this loss */
  onLost(packet: SentPacket, nextPacketNumber: number, now: number): void {
    const { packetNumber, size } = packet
    if (packetNumber < this.firstPacketNumber) return
    if (packet.isMtuProbe) {
      this.isProbing = false
      if (++this.lostProbes < MAX_PROBES) return
      this.tooLarge = size
      this.plan(now)
    } else if (size > BASE_DATAGRAM_SIZE) {
      if (this.lostRounds === 0) this.firstLost = packetNumber
      if (size < this.smallestLost) this.smallestLost = size
      if (packetNumber < this.roundEnd) return
      this.lostRounds++
      this.roundEnd = nextPacketNumber
    }
  }

  /** Whether large packets are lost one and all (RFC 8899 §4.3). To be asked when an ACK was handled entirely. */
  get isBlackHole(): boolean {
    return this.lostRounds >= BLACK_HOLE_ROUNDS
  }

  /** Begins anew, after a while. */
  escape(nextPacketNumber: number, now: number): void {
    this.size = BASE_DATAGRAM_SIZE
    this.tooLarge = this.ceiling + 1
    this.enter(nextPacketNumber)
    this.plan(now)
    this.searchAt = now + BLACK_HOLE_PAUSE
  }

  private forgetLosses(): void {
    this.lostRounds = 0
    this.smallestLost = Number.POSITIVE_INFINITY
    this.roundEnd = 0
  }

  /** Chooses what to try next, now that `size` or `tooLarge` is another. */
  private plan(now: number): void {
    const { size, ceiling, tooLarge } = this
    this.lostProbes = 0
    if (tooLarge - size > MIN_GAIN) {
      const common = COMMON_SIZES.find((common) => common >= size + MIN_GAIN)!
      const next = Math.min(common, ceiling)
      this.candidate = next < tooLarge ? next : (size + tooLarge) >>> 1
      return
    }
    // Found. When it is time to look again, a little more says whether there is any more.
    this.searchAt = now + RAISE_INTERVAL
    this.tooLarge = ceiling + 1
    this.candidate = size + MIN_GAIN <= ceiling ? size + MIN_GAIN : 0
  }
}
