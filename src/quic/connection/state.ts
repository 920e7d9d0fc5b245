import { Deque } from '../../bytes/index.ts'
import type { Env, TransportConfig } from '../config.ts'
import type { CongestionController } from '../congestion/controller.ts'
import { MAX_DATAGRAM_SIZE } from '../datagram.ts'
import { LossRecovery, Space } from '../recovery/loss-recovery.ts'
import { PathMtu } from '../recovery/path-mtu.ts'
import { ReceivedPackets } from '../recovery/received-packets.ts'
import { SentFrame, type SentPacket } from '../recovery/sent-packets.ts'
import { StreamManager } from '../streams/stream-manager.ts'
import type { ConnectionEvent } from '../transport.ts'
import type { TransportParameters } from '../wire/index.ts'
import { Closing } from './closing.ts'
import { ControlFrames } from './control-frames.ts'
import type { Handshake } from './handshake.ts'
import type { LocalConnectionIds } from './local-connection-ids.ts'
import type { Path } from './path.ts'
import type { Paths } from './paths.ts'
import type { RemoteConnectionIds } from './remote-connection-ids.ts'
import { UndecryptablePackets } from './undecryptable.ts'

const NO_TOKEN = new Uint8Array(0)

/** In the place of all that are discarded: without keys nothing comes in. */
const SPENT = new ReceivedPackets(0)

/** max_ack_delay that we announce, in milliseconds. */
export const MAX_ACK_DELAY = 25

/** Our own wait is shorter: timers of a real clock are late, and that counts (RFC 9000 §18.2). */
const ACK_DELAY = MAX_ACK_DELAY - 2

/** ack_delay_exponent that we announce: the unit of our ACK Delay fields is 2^3 microseconds. */
export const ACK_DELAY_EXPONENT = 3

export interface ConnectionStats {
  bytesReceived: number
  bytesSent: number
  packetsReceived: number
  packetsSent: number
  /** Not authentic, repeated, or otherwise unusable. */
  packetsDropped: number
}

/**
 * The parts of one connection, each with one job. What works on several of them (reading packets,
 * writing packets, the connection itself) takes this.
 */
export class ConnectionState {
  readonly isClient: boolean
  readonly version: number
  readonly env: Env
  readonly config: TransportConfig
  readonly localIds: LocalConnectionIds
  readonly remoteIds: RemoteConnectionIds
  readonly paths: Paths
  readonly events = new Deque<ConnectionEvent>()
  readonly recovery: LossRecovery
  readonly received: [ReceivedPackets, ReceivedPackets, ReceivedPackets] = [
    new ReceivedPackets(0),
    new ReceivedPackets(0),
    new ReceivedPackets(ACK_DELAY),
  ]
  readonly undecryptable = new UndecryptablePackets()
  readonly streams: StreamManager
  readonly control: ControlFrames
  readonly closing = new Closing()
  readonly stats: ConnectionStats = {
    bytesReceived: 0,
    bytesSent: 0,
    packetsReceived: 0,
    packetsSent: 0,
    packetsDropped: 0,
  }
  /** Probe packets owed in each space (RFC 9002 §6.2.4). */
  readonly probes: [number, number, number] = [0, 0, 0]
  /** The largest datagram that we may send: what either side wants at most, or the path is known to carry. */
  maxDatagramSize: number
  /** Whether each path is probed for the largest datagram that it carries. */
  private readonly discoversPathMtu: boolean
  /** The peer's max_udp_payload_size, or ours if that is less: the most that a path is probed for. */
  private datagramCeiling = MAX_DATAGRAM_SIZE
  /** Of the ACK Delay fields in 1-RTT packets; the default before the peer has said (RFC 9000 §18.2). */
  peerAckDelayExponent = 3
  /** Goes into our Initial packets; from a Retry. */
  token: Uint8Array = NO_TOKEN
  /** When the last ack-eliciting packet went out since a packet came in (RFC 9000 §10.1). */
  lastActivity: number
  /** When the last authentic packet came; the beginning, before the first. */
  lastReceivedAt: number
  sentSinceReceived = false
  /** Set by the connection right after construction: handshake and connection need each other. */
  handshake!: Handshake

  constructor(
    isClient: boolean,
    version: number,
    env: Env,
    config: TransportConfig,
    congestion: CongestionController,
    localIds: LocalConnectionIds,
    remoteIds: RemoteConnectionIds,
    paths: Paths,
    discoversPathMtu: boolean,
    now: number,
  ) {
    this.isClient = isClient
    this.version = version
    this.env = env
    this.config = config
    this.localIds = localIds
    this.remoteIds = remoteIds
    this.paths = paths
    this.discoversPathMtu = discoversPathMtu
    this.lastActivity = now
    this.lastReceivedAt = now
    const { initialRtt, maxDatagramSize } = config
    this.maxDatagramSize = maxDatagramSize
    this.recovery = new LossRecovery({ initialRtt, maxDatagramSize, isClient }, congestion, this)
    this.streams = new StreamManager(isClient, config, this.events)
    this.control = new ControlFrames(localIds, remoteIds)
  }

  /** Takes what matters from now on; the rest is forgotten. */
  onPeerParameters(parameters: TransportParameters): void {
    const { maxUdpPayloadSize } = parameters
    this.maxDatagramSize = Math.min(this.maxDatagramSize, maxUdpPayloadSize)
    this.datagramCeiling = Math.min(this.datagramCeiling, maxUdpPayloadSize)
    this.peerAckDelayExponent = parameters.ackDelayExponent
    this.recovery.peerMaxAckDelay = parameters.maxAckDelay
    this.streams.onPeerParameters(parameters)
    this.localIds.onPeerLimit(parameters.activeConnectionIdLimit)
  }

  /** The path in use. */
  get path(): Path {
    return this.paths.active
  }

  /**
   * Takes over what is known of the path in use: after a change of paths, and after ACKs. A path that
   * was never used begins with the configured size.
   */
  followPathMtu(now: number): void {
    if (!this.discoversPathMtu || !this.handshake.confirmed) return
    const { path, recovery } = this
    const { nextPacketNumber } = recovery.sent(Space.application)
    path.mtu ??= new PathMtu(this.config.maxDatagramSize, this.datagramCeiling)
    const { mtu } = path
    if (recovery.pathMtu !== mtu) {
      recovery.pathMtu = mtu
      mtu.enter(nextPacketNumber)
    }
    if (mtu.isBlackHole) mtu.escape(nextPacketNumber, now)
    if (mtu.size === this.maxDatagramSize) return
    this.maxDatagramSize = mtu.size
    recovery.setMaxDatagramSize(mtu.size)
  }

  /** The probe timeout, without backoff. */
  get probeTimeout(): number {
    return this.recovery.rtt.probeTimeout() + this.recovery.peerMaxAckDelay
  }

  onPacketAcked(space: Space, packet: SentPacket): void {
    for (let i = 0; i < packet.frameCount; i++) {
      const kind = packet.frame(i, 0)
      if (kind === SentFrame.stream || kind === SentFrame.resetStream) {
        this.streams.output.onAcked(packet, i)
      } else if (kind === SentFrame.crypto) {
        this.handshake.crypto[space].output.onAcked(packet.frame(i, 1), packet.frame(i, 2))
      } else if (kind === SentFrame.ack) {
        this.received[space].onAckAcknowledged(packet.frame(i, 1))
      } else {
        this.control.onAcked(kind, packet.frame(i, 1))
      }
    }
  }

  onPacketLost(space: Space, packet: SentPacket): void {
    for (let i = 0; i < packet.frameCount; i++) {
      const kind = packet.frame(i, 0)
      if (kind === SentFrame.crypto) {
        this.handshake.crypto[space].output.onLost(packet.frame(i, 1), packet.frame(i, 2))
      } else {
        this.control.onLost(kind, packet.frame(i, 1))
        this.streams.output.onLost(packet, i)
      }
    }
  }

  /** Drops the keys of a long-header space and all that belongs to it (RFC 9001 §4.9). */
  discardSpace(space: typeof Space.initial | typeof Space.handshake): void {
    this.handshake.discard(space)
    this.recovery.discard(space)
    this.received[space] = SPENT
    this.probes[space] = 0
  }
}
