import { Writer } from '../../bytes/index.ts'
import { type OneRttKeys, type PacketKeys, TAG_LENGTH } from '../protection/index.ts'
import { Space } from '../recovery/loss-recovery.ts'
import { BASE_DATAGRAM_SIZE } from '../recovery/path-mtu.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import {
  PacketType,
  packetNumberLengthFor,
  patchLength,
  writeAck,
  writeConnectionClose,
  writeLongHeader,
  writePathChallenge,
  writePathResponse,
  writePing,
  writeShortHeader,
} from '../wire/index.ts'
import { PacketNumberSkipper } from './packet-number-skipper.ts'
import type { Path } from './path.ts'
import { ACK_DELAY_EXPONENT, type ConnectionState } from './state.ts'

const NO_TOKEN = new Uint8Array(0)

/** RFC 9000 §14.1. */
const MIN_INITIAL_DATAGRAM = 1200

/** Header, one small frame and tag: with less room than this another packet is not begun. */
const MIN_PACKET = 64

/** Header protection samples 16 bytes from 4 behind the start of the packet number (RFC 9001 §5.4.2). */
const MIN_NUMBER_AND_PAYLOAD = 4

/** PATH_CHALLENGE or PATH_RESPONSE: a type and 8 bytes. */
const PATH_FRAME = 9

/** Ranges that one ACK frame tells of. */
const MAX_RANGES_PER_ACK = 32

/** A receiver of bulk data asks for an acknowledgment of its ACKs when it remembers this many ranges. */
const RANGES_WORTH_A_PING = 16

const SPACES = [Space.initial, Space.handshake, Space.application] as const

/** A packet whose frames are written and which is not sealed yet. */
class OpenPacket {
  space: Space = Space.initial
  start = 0
  /** Of the length field; -1 in a short header. */
  lengthPosition = -1
  packetNumberOffset = 0
  packetNumberLength = 0
  payloadEnd = 0
  sent: SentPacket | undefined = undefined
}

/** Of the datagram at work: nothing is left in them between two. */
const WRITER = new Writer(new Uint8Array(0))
const PACKETS = [new OpenPacket(), new OpenPacket(), new OpenPacket()] as const

/** Fills datagrams with packets and packets with frames (RFC 9000 §12, §13). */
export class PacketBuilder {
  private readonly state: ConnectionState
  private readonly skipper: PacketNumberSkipper

  constructor(state: ConnectionState) {
    this.state = state
    this.skipper = new PacketNumberSkipper(state.env.randomBytes)
  }

  /**
   * Builds one datagram at the beginning of `buffer`; 0 when there is nothing to send or nothing may be sent.
   * @param dataAllowed whether window and pacing let more go out than ACKs and probes
   */
  build(buffer: Uint8Array, now: number, dataAllowed: boolean): number {
    const maxSize = this.maxSize(buffer)
    let count = 0
    let position = 0
    let needsPadding = false
    for (const space of SPACES) {
      if (maxSize - position < MIN_PACKET) break
      // The handshake doesn't wait for the window: it may be full of 1-RTT data that can't be
      // acknowledged before the handshake goes on. A deviation from RFC 9002 §7, a few packets large.
      const allowed = dataAllowed || space !== Space.application
      if (!this.wantsPacket(space, allowed, now)) continue
      // RFC 9000 §14.1: an ack-eliciting Initial that can't be padded must wait for more budget.
      if (space === Space.initial && maxSize < MIN_INITIAL_DATAGRAM && !this.state.isClient)
        continue
      const packet = PACKETS[count]!
      if (!this.writePacket(packet, buffer, position, maxSize, space, allowed, now)) continue
      count++
      position = packet.payloadEnd + TAG_LENGTH
      if (space === Space.initial && (this.state.isClient || packet.sent!.ackEliciting)) {
        needsPadding = true
      }
    }
    if (count === 0) return 0
    if (needsPadding && position < MIN_INITIAL_DATAGRAM) {
      this.pad(PACKETS[count - 1]!, buffer, MIN_INITIAL_DATAGRAM - position)
    }
    return this.sealAll(count, buffer, now)
  }

  private maxSize(buffer: Uint8Array): number {
    const { maxDatagramSize, path, probes } = this.state
    const size = Math.min(buffer.length, maxDatagramSize, path.budget)
    // Probe packets must get through even when the path has ceased to carry more.
    const isProbe = probes[0] + probes[1] + probes[2] > 0
    return isProbe && size > BASE_DATAGRAM_SIZE ? BASE_DATAGRAM_SIZE : size
  }

  /** Whether an ACK alone may go out: that space has keys and room, and the path budget for a packet. */
  canAcknowledge(space: Space): boolean {
    if (this.writeKeys(space) === undefined) return false
    const { path, isClient, recovery } = this.state
    if (recovery.sent(space).isCrowded) return false
    return path.budget >= (space === Space.initial && !isClient ? MIN_INITIAL_DATAGRAM : MIN_PACKET)
  }

  private writeKeys(space: Space): PacketKeys | OneRttKeys | undefined {
    const { handshake } = this.state
    if (space === Space.initial) return handshake.initialKeys.write
    if (space === Space.handshake) return handshake.handshakeKeys.write
    return handshake.oneRttKeys
  }

  /** Whether the space has anything that may be sent now. */
  private wantsPacket(space: Space, dataAllowed: boolean, now: number): boolean {
    if (this.writeKeys(space) === undefined) return false
    const { state } = this
    const ackDeadline = state.received[space].ackDeadline
    if (state.probes[space] > 0) return true
    if (dataAllowed && this.hasData(space)) return true
    if (ackDeadline === undefined || ackDeadline > now) return false
    return !state.recovery.sent(space).isCrowded
  }

  /** Whether a space has frames that count against the congestion window. */
  hasData(space: Space): boolean {
    const { state } = this
    if (this.writeKeys(space) === undefined) return false
    if (state.handshake.crypto[space].hasPending) return true
    if (space !== Space.application) return false
    const { streams, control } = state
    return control.hasPending || streams.output.hasControl || streams.output.hasStreamData
  }

  get hasAnyData(): boolean {
    for (const space of SPACES) if (this.hasData(space)) return true
    return false
  }

  /** Writes header and frames; false, and nothing used, when no frame was written. */
  private writePacket(
    open: OpenPacket,
    buffer: Uint8Array,
    start: number,
    maxSize: number,
    space: Space,
    dataAllowed: boolean,
    now: number,
  ): boolean {
    const { state } = this
    const sentPackets = state.recovery.sent(space)
    if (space === Space.application && this.skipper.shouldSkip(sentPackets.nextPacketNumber)) {
      sentPackets.skip()
    }
    const packet = sentPackets.begin()
    WRITER.retarget(buffer, start, maxSize - TAG_LENGTH)
    this.writeHeader(open, space, start, packet)
    const payloadStart = WRITER.position
    this.writeAckFrame(space, packet, now)
    const isProbe = state.probes[space] > 0
    if (dataAllowed || isProbe) this.writeDataFrames(space, packet, now)
    if (isProbe) {
      if (!packet.ackEliciting) {
        writePing(WRITER)
        packet.ackEliciting = true
      }
      state.probes[space]--
    }
    if (WRITER.position === payloadStart) {
      sentPackets.abandon(packet)
      return false
    }
    const missing = MIN_NUMBER_AND_PAYLOAD - (WRITER.position - open.packetNumberOffset)
    if (missing > 0) WRITER.zeros(missing)
    packet.inFlight = packet.ackEliciting
    open.payloadEnd = WRITER.position
    open.sent = packet
    return true
  }

  private writeHeader(open: OpenPacket, space: Space, start: number, packet: SentPacket): void {
    const { state } = this
    const { packetNumber } = packet
    const length = packetNumberLengthFor(packetNumber, state.recovery.largestAcked(space))
    open.space = space
    open.start = start
    if (space === Space.application) {
      open.lengthPosition = -1
      const phase = state.handshake.oneRttKeys!.writePhase
      writeShortHeader(WRITER, state.remoteIds.id, packetNumber, length, phase)
    } else {
      const isInitial = space === Space.initial
      open.lengthPosition = writeLongHeader(
        WRITER,
        isInitial ? PacketType.initial : PacketType.handshake,
        state.version,
        state.remoteIds.id,
        state.localIds.first,
        isInitial ? state.token : NO_TOKEN,
        packetNumber,
        length,
      )
    }
    open.packetNumberLength = length
    open.packetNumberOffset = WRITER.position - length
  }

  /** RFC 9000 §13.2.1: an ACK rides along wherever it tells something new. */
  private writeAckFrame(space: Space, packet: SentPacket, now: number): void {
    const { state } = this
    const received = state.received[space]
    if (!received.owesAck) return
    const delayMicroseconds = Math.max(0, now - received.largestReceivedAt) * 1000
    const delay = Math.floor(delayMicroseconds / 2 ** ACK_DELAY_EXPONENT)
    if (!writeAck(WRITER, received.ranges, delay, MAX_RANGES_PER_ACK)) return
    packet.record(SentFrame.ack, received.largest)
    received.onAckSent()
    if (
      received.ranges.count >= RANGES_WORTH_A_PING &&
      state.recovery.sent(space).ackElicitingOutstanding === 0 &&
      WRITER.remaining > 0
    ) {
      writePing(WRITER)
      packet.ackEliciting = true
    }
  }

  private writeDataFrames(space: Space, packet: SentPacket, now: number): void {
    const { state } = this
    const before = WRITER.position
    if (space === Space.application) {
      state.control.write(WRITER, packet)
      const { output } = state.streams
      if (output.hasControl) {
        output.writeControl(WRITER, packet, now, state.recovery.rtt.smoothed)
      }
      state.handshake.crypto[space].writeFrames(WRITER, packet)
      // With patient data an acknowledgement would have to be acknowledged itself.
      const asksForAck =
        WRITER.position > before ||
        packet.ackEliciting ||
        state.probes[space] > 0 ||
        output.hasStreamData
      if (asksForAck || output.isPatienceOver) output.writeStreams(WRITER, packet)
    } else {
      state.handshake.crypto[space].writeFrames(WRITER, packet)
    }
    if (WRITER.position > before) packet.ackEliciting = true
  }

  /** PADDING makes a packet count as in flight (RFC 9002 §2). */
  private pad(open: OpenPacket, buffer: Uint8Array, count: number): void {
    buffer.fill(0, open.payloadEnd, open.payloadEnd + count)
    open.payloadEnd += count
    open.sent!.inFlight = true
  }

  private sealAll(count: number, buffer: Uint8Array, now: number): number {
    const { state } = this
    let end = 0
    for (let i = 0; i < count; i++) {
      const open = PACKETS[i]!
      const packet = open.sent!
      end = this.seal(open, buffer, packet.packetNumber)
      packet.size = end - open.start
      open.sent = undefined
      state.recovery.onPacketSent(open.space, packet, now)
      state.stats.packetsSent++
      if (packet.ackEliciting && !state.sentSinceReceived) {
        state.sentSinceReceived = true
        state.lastActivity = now
      }
      if (open.space === Space.handshake && state.isClient) {
        // RFC 9001 §4.9.1.
        state.discardSpace(Space.initial)
      }
    }
    return end
  }

  private seal(open: OpenPacket, buffer: Uint8Array, packetNumber: number): number {
    const { lengthPosition, packetNumberOffset, packetNumberLength, payloadEnd } = open
    if (lengthPosition >= 0) {
      patchLength(buffer, lengthPosition, payloadEnd + TAG_LENGTH - packetNumberOffset)
    }
    return this.writeKeys(open.space)!.seal(
      buffer,
      open.start,
      packetNumberOffset,
      packetNumberLength,
      payloadEnd,
      packetNumber,
    )
  }

  /**
   * Builds a datagram of path validation alone: our PATH_CHALLENGE and the answers to the peer's, on the
   * path that they belong to (RFC 9000 §8.2).
   */
  buildProbe(buffer: Uint8Array, path: Path, now: number): number {
    const { state } = this
    // RFC 9000 §8.2.1: as large as every path must carry, unless the path's budget forbids it.
    const size = Math.min(buffer.length, MIN_INITIAL_DATAGRAM, path.budget)
    const packet = state.recovery.sent(Space.application).begin()
    WRITER.retarget(buffer, 0, size - TAG_LENGTH)
    this.writeHeader(PACKETS[0], Space.application, 0, packet)
    const challenge = path.takeChallenge(now, state.probeTimeout)
    if (challenge !== undefined) writePathChallenge(WRITER, challenge)
    while (path.challenges.length > 0 && WRITER.remaining >= PATH_FRAME) {
      writePathResponse(WRITER, path.challenges.shift()!)
    }
    return this.sealPadded(packet, buffer, now)
  }

  /** Builds a datagram of exactly `size` bytes, to see whether the path carries it (RFC 9000 §14.4). */
  buildMtuProbe(buffer: Uint8Array, size: number, now: number): number {
    const packet = this.state.recovery.sent(Space.application).begin()
    WRITER.retarget(buffer, 0, size - TAG_LENGTH)
    this.writeHeader(PACKETS[0], Space.application, 0, packet)
    writePing(WRITER)
    packet.isMtuProbe = true
    return this.sealPadded(packet, buffer, now)
  }

  /** The rest of the first packet is PADDING. */
  private sealPadded(packet: SentPacket, buffer: Uint8Array, now: number): number {
    const open = PACKETS[0]
    WRITER.zeros(WRITER.remaining)
    packet.ackEliciting = true
    packet.inFlight = true
    open.payloadEnd = WRITER.position
    open.sent = packet
    return this.sealAll(1, buffer, now)
  }

  /**
   * Builds a datagram with CONNECTION_CLOSE in a packet of each space that the peer may have keys for
   * (RFC 9000 §10.2.3); 0 when there is no budget.
   */
  buildClose(
    buffer: Uint8Array,
    close: { application: boolean; errorCode: number; frameType: number; reason: Uint8Array },
    generic: { errorCode: number; reason: Uint8Array },
  ): number {
    const { state } = this
    const maxSize = this.maxSize(buffer)
    let count = 0
    let position = 0
    for (const space of SPACES) {
      if (this.writeKeys(space) === undefined) continue
      if (space !== Space.application && state.handshake.confirmed) continue
      if (maxSize - position < 2 * MIN_PACKET) break
      const open = PACKETS[count]!
      const packet = state.recovery.sent(space).begin()
      WRITER.retarget(buffer, position, maxSize - TAG_LENGTH)
      this.writeHeader(open, space, position, packet)
      const room = WRITER.remaining - 24
      // An application's code would tell an observer of Initial packets what the application does.
      if (close.application && space !== Space.application) {
        writeConnectionClose(WRITER, false, generic.errorCode, 0, generic.reason)
      } else {
        const { application, errorCode, frameType } = close
        const reason = close.reason.subarray(0, room)
        writeConnectionClose(WRITER, application, errorCode, frameType, reason)
      }
      open.payloadEnd = WRITER.position
      open.sent = packet
      position = open.payloadEnd + TAG_LENGTH
      count++
    }
    if (count === 0) return 0
    const first = PACKETS[0]!
    if (first.space === Space.initial && state.isClient && position < MIN_INITIAL_DATAGRAM) {
      this.pad(PACKETS[count - 1]!, buffer, MIN_INITIAL_DATAGRAM - position)
    }
    let end = 0
    for (let i = 0; i < count; i++) {
      const open = PACKETS[i]!
      end = this.seal(open, buffer, open.sent!.packetNumber)
      open.sent!.inFlight = false
      open.sent!.ackEliciting = false
      state.recovery.sent(open.space).commit(open.sent!)
      open.sent = undefined
    }
    return end
  }
}
