import type { CongestionController } from '../congestion/controller.ts'
import { Pacer } from '../congestion/pacer.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_PTO_INTERVAL } from '../limits.ts'
import type { AckFrame } from '../wire/index.ts'
import type { PathMtu } from './path-mtu.ts'
import { GRANULARITY, RttEstimator } from './rtt.ts'
import { type SentPacket, SentPackets } from './sent-packets.ts'

/** The three packet number spaces (RFC 9000 §12.3). */
export const Space = { initial: 0, handshake: 1, application: 2 } as const
export type Space = (typeof Space)[keyof typeof Space]
const SPACES = [Space.initial, Space.handshake, Space.application] as const

const NEVER = Number.POSITIVE_INFINITY

/** kPacketThreshold, kTimeThreshold, kPersistentCongestionThreshold (RFC 9002 §6.1, §7.6.1). */
const PACKET_THRESHOLD = 3
const TIME_THRESHOLD = 9 / 8
const PERSISTENT_CONGESTION_THRESHOLD = 3

/** Learns what became of packets, to retransmit or to forget what was in them. */
export interface PacketOutcome {
  onPacketAcked(space: Space, packet: SentPacket): void
  onPacketLost(space: Space, packet: SentPacket): void
}

class SpaceState {
  readonly sent = new SentPackets()
  /** -1 before the first ACK. */
  largestAcked = -1
  /** When the next packet will be declared lost by time (RFC 9002 §6.1.2). */
  lossTime: number | undefined = undefined
  lastAckElicitingSentAt: number | undefined = undefined
}

/** In the place of all that are discarded: without keys nothing is sent there, or acknowledged. */
const SPENT = new SpaceState()

/** Of the ACK, or the loss, being processed: nothing is left in them afterwards. */
const NEWLY_ACKED: SentPacket[] = []
const NEWLY_LOST: SentPacket[] = []

/** Loss detection and the probe timeout over all spaces of one path (RFC 9002 §6, Appendix A). */
export class LossRecovery {
  readonly rtt: RttEstimator
  readonly congestion: CongestionController
  private readonly pacer: Pacer
  private readonly spaces: [SpaceState, SpaceState, SpaceState] = [
    new SpaceState(),
    new SpaceState(),
    new SpaceState(),
  ]
  bytesInFlight = 0
  /** When the last ack-eliciting packet of any space went out. */
  private lastAckElicitingSentAt = 0
  private firstSampleAt: number | undefined = undefined
  ptoCount = 0
  /** Without probes of the path MTU: they are sent to be lost. */
  packetsLost = 0
  /** Of the path in use, where it is sought for; not before the handshake is confirmed. */
  pathMtu: PathMtu | undefined = undefined
  /** The peer's max_ack_delay, known from its transport parameters. */
  peerMaxAckDelay = 25
  /** The application space has no PTO of its own before the handshake is confirmed (RFC 9002 §6.2.1). */
  handshakeConfirmed = false
  /** A server has validated us, or we are the server (RFC 9002 §6.2.2.1). */
  peerValidatedAddress: boolean
  /** Handshake keys are there: an anti-deadlock probe goes in the Handshake space. */
  hasHandshakeKeys = false
  private readonly outcome: PacketOutcome

  constructor(
    options: { initialRtt: number; maxDatagramSize: number; isClient: boolean },
    congestion: CongestionController,
    outcome: PacketOutcome,
  ) {
    this.rtt = new RttEstimator(options.initialRtt)
    this.congestion = congestion
    this.pacer = new Pacer(options.maxDatagramSize)
    this.peerValidatedAddress = !options.isClient
    this.outcome = outcome
  }

  /** Forgets what was measured: another path may be quite different (RFC 9000 §9.4). */
  onNewPath(): void {
    this.rtt.reset()
    this.congestion.reset()
    this.ptoCount = 0
  }

  /** Datagrams are of another size from now on (RFC 9002 §7.2). */
  setMaxDatagramSize(size: number): void {
    this.congestion.setMaxDatagramSize(size)
    this.pacer.maxDatagramSize = size
  }

  sent(space: Space): SentPackets {
    return this.spaces[space].sent
  }

  largestAcked(space: Space): number {
    return this.spaces[space].largestAcked
  }

  onPacketSent(space: Space, packet: SentPacket, now: number): void {
    const state = this.spaces[space]
    packet.sentAt = now
    state.sent.commit(packet)
    if (!packet.inFlight) return
    if (packet.ackEliciting) {
      state.lastAckElicitingSentAt = now
      this.lastAckElicitingSentAt = now
    }
    this.bytesInFlight += packet.size
    this.congestion.onPacketSent(packet.size, this.bytesInFlight, now)
    this.pacer.onPacketSent(packet.size)
  }

  /** Whether the congestion window has room for `size` more bytes. */
  windowAllows(size: number): boolean {
    return this.bytesInFlight + size <= this.congestion.congestionWindow
  }

  /** When pacing lets the next datagram go; `now` or earlier means at once. */
  paceTime(now: number): number {
    return this.pacer.sendTime(this.congestion.congestionWindow, this.rtt.smoothed, now)
  }

  /**
   * Handles an ACK frame (RFC 9002 §A.7).
   * @param ackDelay milliseconds, decoded
   * @throws TransportError on an acknowledgment of what was never sent (RFC 9000 §13.1)
   */
  onAckReceived(space: Space, ack: AckFrame, ackDelay: number, now: number): void {
    const state = this.spaces[space]
    // Behind the CRYPTO frame that completed the handshake, in one packet with it.
    if (state === SPENT) return
    const { sent } = state
    if (ack.largestAcked >= sent.nextPacketNumber) {
      throw new TransportError(TransportErrorCode.protocolViolation, 'ACK of a packet never sent')
    }
    const newlyAcked = NEWLY_ACKED
    newlyAcked.length = 0
    let ackElicitingAcked = false
    const { oldest } = sent
    for (let i = 0; i < ack.rangeCount; i++) {
      if (sent.hasSkipped(ack.smallest(i), ack.largest(i))) {
        throw new TransportError(
          TransportErrorCode.protocolViolation,
          'ACK of a skipped packet number',
        )
      }
      const smallest = Math.max(ack.smallest(i), oldest)
      for (let packetNumber = ack.largest(i); packetNumber >= smallest; packetNumber--) {
        const packet = sent.acknowledge(packetNumber)
        if (packet === undefined) continue
        newlyAcked.push(packet)
        if (packet.ackEliciting) ackElicitingAcked = true
      }
      if (ack.smallest(i) < oldest) break
    }
    if (ack.largestAcked > state.largestAcked) state.largestAcked = ack.largestAcked
    if (newlyAcked.length === 0) return

    const largest = newlyAcked[0]!
    if (largest.packetNumber === ack.largestAcked && ackElicitingAcked) {
      // RFC 9002 §5.3: the peer's delay counts up to its max_ack_delay once the handshake is
      // confirmed, and not at all for Initial packets.
      const delay = space === Space.initial ? 0 : ackDelay
      this.rtt.update(
        Math.max(0, now - largest.sentAt),
        this.handshakeConfirmed ? Math.min(delay, this.peerMaxAckDelay) : delay,
      )
      this.firstSampleAt ??= now
    }
    const appLimited = this.bytesInFlight < this.congestion.congestionWindow / 2
    this.detectLost(space, now)
    for (const packet of newlyAcked) {
      if (packet.inFlight) {
        this.bytesInFlight -= packet.size
        this.congestion.onPacketAcked(packet.size, packet.sentAt, this.rtt, appLimited, now)
      }
      this.outcome.onPacketAcked(space, packet)
      this.pathMtu?.onAcked(packet, now)
    }
    newlyAcked.length = 0
    sent.trim()
    if (this.peerValidatedAddress) this.ptoCount = 0
  }

  /** RFC 9002 §A.10. The caller trims, when nobody looks at settled packets any more. */
  private detectLost(space: Space, now: number): void {
    const state = this.spaces[space]
    const { sent, largestAcked } = state
    state.lossTime = undefined
    if (largestAcked < 0) return
    const lossDelay = Math.max(
      TIME_THRESHOLD * Math.max(this.rtt.latest, this.rtt.smoothed),
      GRANULARITY,
    )
    const newlyLost = NEWLY_LOST
    newlyLost.length = 0
    for (let packetNumber = sent.oldest; packetNumber < largestAcked; packetNumber++) {
      const packet = sent.outstanding(packetNumber)
      if (packet === undefined) continue
      if (packet.sentAt + lossDelay <= now || largestAcked >= packetNumber + PACKET_THRESHOLD) {
        sent.settle(packet)
        newlyLost.push(packet)
      } else {
        // Packets are in the order of their sending: all later ones are lost later still.
        state.lossTime = packet.sentAt + lossDelay
        break
      }
    }
    this.reportLost(space, now)
  }

  private reportLost(space: Space, now: number): void {
    const newlyLost = NEWLY_LOST
    if (newlyLost.length === 0) return
    const { sent } = this.spaces[space]
    let lastSentAt = Number.NEGATIVE_INFINITY
    for (const packet of newlyLost) {
      if (packet.inFlight) this.bytesInFlight -= packet.size
      this.pathMtu?.onLost(packet, sent.nextPacketNumber, now)
      // RFC 9000 §14.4: its size was too much for the path, not its being one more.
      if (packet.isMtuProbe) continue
      this.packetsLost++
      if (packet.inFlight) lastSentAt = packet.sentAt
      this.outcome.onPacketLost(space, packet)
    }
    if (lastSentAt !== Number.NEGATIVE_INFINITY) this.congestion.onCongestionEvent(lastSentAt, now)
    if (this.isPersistentCongestion(sent)) this.congestion.onPersistentCongestion()
    newlyLost.length = 0
  }

  /**
   * RFC 9002 §7.6: a run of lost packets, none acknowledged between, longer than three PTOs. What was
   * sent before the first sample does not count: nobody knew how long to wait (§7.6.2).
   */
  private isPersistentCongestion(sent: SentPackets): boolean {
    const { firstSampleAt } = this
    if (firstSampleAt === undefined) return false
    const threshold =
      (this.rtt.probeTimeout() + this.peerMaxAckDelay) * PERSISTENT_CONGESTION_THRESHOLD
    let runStart: SentPacket | undefined
    let previous = NEWLY_LOST[0]!.packetNumber
    for (const packet of NEWLY_LOST) {
      const { packetNumber, sentAt } = packet
      if (sent.hasAcknowledgedBetween(previous, packetNumber)) runStart = undefined
      previous = packetNumber
      if (!packet.ackEliciting || packet.isMtuProbe || sentAt <= firstSampleAt) continue
      if (runStart === undefined) runStart = packet
      else if (sentAt - runStart.sentAt > threshold) return true
    }
    return false
  }

  /** NEVER when no packet waits to be declared lost. */
  private earliestLossTime(): number {
    let earliest = NEVER
    for (const space of SPACES) {
      const { lossTime } = this.spaces[space]
      if (lossTime !== undefined && lossTime < earliest) earliest = lossTime
    }
    return earliest
  }

  private ptoInterval(space: Space): number {
    const base = this.rtt.probeTimeout() + (space === Space.application ? this.peerMaxAckDelay : 0)
    return Math.min(base * (1 << Math.min(this.ptoCount, 20)), MAX_PTO_INTERVAL)
  }

  /** When the probe timeout of a space is over (RFC 9002 §A.8); NEVER without one. */
  private ptoTime(space: Space, now: number): number {
    const { sent, lastAckElicitingSentAt } = this.spaces[space]
    if (sent.ackElicitingOutstanding > 0) {
      if (space === Space.application && !this.handshakeConfirmed) return NEVER
      return (lastAckElicitingSentAt ?? now) + this.ptoInterval(space)
    }
    // Anti-deadlock: the server may be out of its 3x budget (RFC 9002 §6.2.2.1).
    if (this.peerValidatedAddress || this.ackElicitingOutstanding > 0) return NEVER
    if (space !== (this.hasHandshakeKeys ? Space.handshake : Space.initial)) return NEVER
    return (lastAckElicitingSentAt ?? this.lastAckElicitingSentAt) + this.ptoInterval(space)
  }

  private get ackElicitingOutstanding(): number {
    const [initial, handshake, application] = this.spaces
    return (
      initial.sent.ackElicitingOutstanding +
      handshake.sent.ackElicitingOutstanding +
      application.sent.ackElicitingOutstanding
    )
  }

  private earliestPtoTime(now: number): number {
    let earliest = NEVER
    for (const space of SPACES) earliest = Math.min(earliest, this.ptoTime(space, now))
    return earliest
  }

  /**
   * When `onTimeout` wants to be called.
   * @param amplificationLimited a server that may send nothing arms no PTO
   */
  nextTimeout(now: number, amplificationLimited: boolean): number | undefined {
    let time = this.earliestLossTime()
    if (time === NEVER && !amplificationLimited) time = this.earliestPtoTime(now)
    return time === NEVER ? undefined : time
  }

  /** The space to send probes in (RFC 9002 §A.9); undefined when packets were declared lost instead, or it is early. */
  onTimeout(now: number): Space | undefined {
    const lossTime = this.earliestLossTime()
    if (lossTime !== NEVER) {
      if (lossTime > now) return undefined
      for (const space of SPACES) {
        const time = this.spaces[space].lossTime
        if (time === undefined || time > now) continue
        this.detectLost(space, now)
        this.spaces[space].sent.trim()
      }
      return undefined
    }
    const time = this.earliestPtoTime(now)
    if (time > now) return undefined
    const space = SPACES.find((space) => this.ptoTime(space, now) === time)!
    this.ptoCount++
    // The next backoff counts from this probe even where nothing could be sent.
    this.spaces[space].lastAckElicitingSentAt = now
    return space
  }

  /**
   * Marks what is in the oldest outstanding packets to be sent again, without declaring them lost: a
   * probe carries data rather than a bare PING.
   */
  repeatOldest(space: Space, count: number): void {
    const { sent } = this.spaces[space]
    for (let n = sent.oldest; n < sent.nextPacketNumber && count > 0; n++) {
      const packet = sent.outstanding(n)
      if (packet === undefined || !packet.ackEliciting || packet.isMtuProbe) continue
      this.outcome.onPacketLost(space, packet)
      count--
    }
  }

  /** Forgets a space whose keys are gone (RFC 9002 §6.4). */
  discard(space: Space): void {
    const { sent } = this.spaces[space]
    if (sent === SPENT.sent) return
    for (let n = sent.oldest; n < sent.nextPacketNumber; n++) {
      const packet = sent.outstanding(n)
      if (packet === undefined) continue
      sent.settle(packet)
      if (packet.inFlight) this.bytesInFlight -= packet.size
    }
    sent.trim()
    this.spaces[space] = SPENT
    this.ptoCount = 0
  }

  /** All that is outstanding is to be sent again under other circumstances (Retry: RFC 9000 §17.2.5.2). */
  forgetAll(space: Space): void {
    const { sent } = this.spaces[space]
    for (let n = sent.oldest; n < sent.nextPacketNumber; n++) {
      const packet = sent.outstanding(n)
      if (packet === undefined) continue
      sent.settle(packet)
      if (packet.inFlight) this.bytesInFlight -= packet.size
      this.outcome.onPacketLost(space, packet)
    }
    sent.trim()
  }
}
