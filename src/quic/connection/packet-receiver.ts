import { equalBytes } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_COALESCED_PACKETS } from '../limits.ts'
import { hasReservedBits, type PacketKeys } from '../protection/index.ts'
import { Space } from '../recovery/loss-recovery.ts'
import type { CloseInfo } from '../transport.ts'
import {
  decodePacketNumber,
  FrameFlags,
  FrameParser,
  PacketHeader,
  PacketType,
  parsePacketHeader,
} from '../wire/index.ts'
import type { FrameHandler } from './frame-handler.ts'
import type { ConnectionState } from './state.ts'

const NO_ID = new Uint8Array(0)

/** RFC 9000 §14.1. */
const MIN_INITIAL_DATAGRAM = 1200

/** What the receiver leaves to the connection. */
export interface ReceiverListener {
  onPeerClose(info: CloseInfo): void
  onRetry(datagram: Uint8Array, header: PacketHeader): void
  onVersionNegotiation(datagram: Uint8Array, header: PacketHeader): void
  onStatelessReset(datagram: Uint8Array): boolean
}

/** Of the packet at work, so that one serves all connections. */
const HEADER = new PacketHeader()
const PARSER = new FrameParser()

/** Takes datagrams apart, opens the packets and hands their frames on (RFC 9000 §12, RFC 9001 §5). */
export class PacketReceiver {
  private readonly state: ConnectionState
  private readonly frames: FrameHandler
  private readonly listener: ReceiverListener
  private readonly ownCidLength: number
  /** The type of the last frame, for the CONNECTION_CLOSE that blames it. */
  currentFrameType = 0
  /** A packet was opened: the peer is there, and a Retry or Version Negotiation is too late. */
  hasOpenedPacket = false
  /** Sequence number of the id that the last packet on the path in use came to. */
  private lastDestination = -1
  /** New keys may open packets that are kept. */
  keysAreNew = false

  constructor(
    state: ConnectionState,
    frames: FrameHandler,
    listener: ReceiverListener,
    ownCidLength: number,
  ) {
    this.state = state
    this.frames = frames
    this.listener = listener
    this.ownCidLength = ownCidLength
  }

  /** Throws TransportError on authenticated but illegal input, and only then. */
  receive(datagram: Uint8Array, now: number): void {
    this.receivePackets(datagram, now)
    if (this.keysAreNew) this.receiveKept(now)
  }

  private receiveKept(now: number): void {
    const { stats, undecryptable } = this.state
    stats.packetsDropped += undecryptable.onTimeout(now)
    while (this.keysAreNew && !undecryptable.isEmpty) {
      this.keysAreNew = false
      for (const packet of undecryptable.take()) this.receivePackets(packet, now)
    }
    this.keysAreNew = false
  }

  private receivePackets(datagram: Uint8Array, now: number): void {
    const { ownCidLength } = this
    let firstId: Uint8Array | undefined
    let offset = 0
    for (let count = 0; count < MAX_COALESCED_PACKETS; count++) {
      if (!parsePacketHeader(datagram, offset, ownCidLength, HEADER)) return
      // RFC 9000 §12.2: packets for another connection id are not of this datagram's sender's doing.
      if (firstId === undefined) firstId = HEADER.destinationConnectionId
      else if (!equalBytes(firstId, HEADER.destinationConnectionId)) return
      const { end } = HEADER
      this.receivePacket(datagram, now)
      // A CONNECTION_CLOSE was the peer's last word.
      if (end >= datagram.length || this.state.closing.state !== 'open') return
      offset = end
    }
  }

  private receivePacket(datagram: Uint8Array, now: number): void {
    const { handshake } = this.state
    switch (HEADER.type) {
      case PacketType.initial:
        this.receiveLong(datagram, handshake.initialKeys, Space.initial, now)
        return
      case PacketType.handshake:
        this.receiveLong(datagram, handshake.handshakeKeys, Space.handshake, now)
        return
      case PacketType.oneRtt:
        this.receiveOneRtt(datagram, now)
        return
      case PacketType.retry:
        this.listener.onRetry(datagram, HEADER)
        return
      case PacketType.versionNegotiation:
        this.listener.onVersionNegotiation(datagram, HEADER)
        return
      default:
        this.drop()
    }
  }

  private drop(): void {
    this.state.stats.packetsDropped++
  }

  private keep(datagram: Uint8Array, now: number): void {
    const { start, end } = HEADER
    if (!this.state.undecryptable.add(datagram.subarray(start, end), now)) this.drop()
  }

  private receiveLong(
    datagram: Uint8Array,
    keys: { read: PacketKeys | undefined; discarded: boolean },
    space: typeof Space.initial | typeof Space.handshake,
    now: number,
  ): void {
    const { state } = this
    if (HEADER.version !== state.version || keys.discarded) return this.drop()
    // RFC 9000 §14.1: who begins with smaller datagrams could make us amplify.
    if (space === Space.initial && !state.isClient && datagram.length < MIN_INITIAL_DATAGRAM) {
      return this.drop()
    }
    if (keys.read === undefined) return this.keep(datagram, now)
    // RFC 9000 §17.2.2: a token from a server is not ours to understand; a server that sends one is dropped.
    if (state.isClient && HEADER.type === PacketType.initial && HEADER.token.length > 0) {
      return this.drop()
    }
    // RFC 9000 §7.2: once a packet was opened the peer's source connection id is fixed.
    const isFromKnownSource = equalBytes(HEADER.sourceConnectionId, state.remoteIds.first)
    if (this.hasOpenedPacket && !isFromKnownSource) return this.drop()
    if (!keys.read.unprotectHeader(datagram, HEADER)) return this.drop()
    const received = state.received[space]
    HEADER.packetNumber = decodePacketNumber(
      received.largest,
      HEADER.packetNumber,
      HEADER.packetNumberLength,
    )
    const payload = keys.read.open(datagram, HEADER)
    if (payload === undefined) return this.drop()
    if (!this.hasOpenedPacket && state.isClient) {
      state.remoteIds.replaceFirst(HEADER.sourceConnectionId.slice())
    }
    if (space === Space.handshake && !state.isClient) {
      // Who could read our Initial and answer it is where it says it is (RFC 9000 §8.1).
      state.paths.receiving.validated = true
      state.discardSpace(Space.initial)
    }
    this.handle(payload, space, now)
  }

  private receiveOneRtt(datagram: Uint8Array, now: number): void {
    const { state } = this
    const { handshake } = state
    const keys = handshake.oneRttKeys
    if (keys === undefined) return this.keep(datagram, now)
    // RFC 9001 §5.7: not before our side of the handshake is complete.
    if (!handshake.complete) return this.keep(datagram, now)
    const received = state.received[Space.application]
    const { followedCount } = keys
    const payload = keys.open(datagram, HEADER, received.largest, now, state.probeTimeout)
    if (payload === undefined) {
      if (!this.listener.onStatelessReset(datagram)) this.drop()
      return
    }
    this.handle(payload, Space.application, now)
    if (keys.followedCount !== followedCount) this.frames.keysUpdated()
  }

  /** The peer has moved, or tries to (RFC 9000 §9). */
  private onOtherPath(movesHere: boolean, now: number): void {
    const { state } = this
    const move = state.paths.onPacket(movesHere)
    if (move === undefined) return
    // RFC 9000 §9.5: who moves on purpose takes a new id, and is to be sent to under a new one.
    if (!state.localIds.has(this.lastDestination, HEADER.destinationConnectionId)) {
      state.remoteIds.rotate()
    }
    state.followPathMtu(now)
    // RFC 9000 §9.4: what is known of the old path says little of a new one.
    if (move === 'address') state.recovery.onNewPath()
  }

  private handle(payload: Uint8Array, space: Space, now: number): void {
    const { state, frames } = this
    this.hasOpenedPacket = true
    if (hasReservedBits(HEADER)) {
      throw new TransportError(TransportErrorCode.protocolViolation, 'reserved bits are set')
    }
    const { packetNumber, type } = HEADER
    const received = state.received[space]
    if (received.isDuplicate(packetNumber)) return this.drop()
    state.stats.packetsReceived++
    state.lastActivity = now
    state.lastReceivedAt = now
    state.sentSinceReceived = false
    frames.start(space, HEADER.destinationConnectionId, now)
    const isNewest = packetNumber > received.largest
    let flags = 0
    try {
      flags = PARSER.parse(payload, type, state.isClient, frames)
    } finally {
      this.currentFrameType = PARSER.currentFrameType
      frames.destinationConnectionId = NO_ID
      // After all frames: what stands behind a CONNECTION_CLOSE must not bring events after the last.
      if (frames.peerClose !== undefined) this.listener.onPeerClose(frames.peerClose)
    }
    if (state.paths.receiving !== state.path) {
      this.onOtherPath(isNewest && (flags & FrameFlags.nonProbing) !== 0, now)
    } else if (!state.localIds.has(this.lastDestination, HEADER.destinationConnectionId)) {
      this.lastDestination = state.localIds.sequenceOf(HEADER.destinationConnectionId)
    }
    received.onReceived(packetNumber, (flags & FrameFlags.ackEliciting) !== 0, now)
  }
}
