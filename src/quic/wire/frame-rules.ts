import { FrameType } from './frame-types.ts'
import { PacketType } from './packet-header.ts'

/** What a packet's frames say of the packet. */
export const FrameFlags = {
  /** RFC 9002 §2. */
  ackEliciting: 1,
  /** RFC 9000 §9.1. */
  nonProbing: 2,
} as const

const INITIAL = 1 << PacketType.initial
const ZERO_RTT = 1 << PacketType.zeroRtt
const HANDSHAKE = 1 << PacketType.handshake
const ONE_RTT = 1 << PacketType.oneRtt
const FROM_SERVER_ONLY = 0x80

const { ackEliciting, nonProbing } = FrameFlags
const BOTH_FLAGS = ackEliciting | nonProbing
const HANDSHAKE_PACKETS = INITIAL | HANDSHAKE | ONE_RTT
const APPLICATION_PACKETS = ZERO_RTT | ONE_RTT

/** First type, last type, packets that may carry it, flags: RFC 9000 §12.4, table 3. */
const RULES: readonly (readonly [number, number, number, number])[] = [
  [FrameType.padding, FrameType.padding, HANDSHAKE_PACKETS | ZERO_RTT, 0],
  [FrameType.ping, FrameType.ping, HANDSHAKE_PACKETS | ZERO_RTT, BOTH_FLAGS],
  [FrameType.ack, FrameType.ackEcn, HANDSHAKE_PACKETS, nonProbing],
  [FrameType.resetStream, FrameType.stopSending, APPLICATION_PACKETS, BOTH_FLAGS],
  [FrameType.crypto, FrameType.crypto, HANDSHAKE_PACKETS, BOTH_FLAGS],
  [FrameType.newToken, FrameType.newToken, ONE_RTT | FROM_SERVER_ONLY, BOTH_FLAGS],
  [FrameType.stream, FrameType.streamsBlockedUni, APPLICATION_PACKETS, BOTH_FLAGS],
  [FrameType.newConnectionId, FrameType.newConnectionId, APPLICATION_PACKETS, ackEliciting],
  // In 0-RTT nothing can have been issued yet, so that it MAY be refused (RFC 9000 §12.5).
  [FrameType.retireConnectionId, FrameType.retireConnectionId, ONE_RTT, BOTH_FLAGS],
  [FrameType.pathChallenge, FrameType.pathChallenge, APPLICATION_PACKETS, ackEliciting],
  [FrameType.pathResponse, FrameType.pathResponse, ONE_RTT, ackEliciting],
  [FrameType.connectionClose, FrameType.connectionClose, HANDSHAKE_PACKETS | ZERO_RTT, nonProbing],
  [
    FrameType.connectionCloseApplication,
    FrameType.connectionCloseApplication,
    APPLICATION_PACKETS,
    nonProbing,
  ],
  [FrameType.handshakeDone, FrameType.handshakeDone, ONE_RTT | FROM_SERVER_ONLY, BOTH_FLAGS],
]

/** By the first byte of a type: what begins a longer encoding is unknown like the rest. */
const permissions = new Uint8Array(256)
const flags = new Uint8Array(256)
for (const [first, last, packets, flag] of RULES) {
  permissions.fill(packets, first, last + 1)
  flags.fill(flag, first, last + 1)
}

/** Whether a type that begins with that byte is known. */
export function isKnownFrame(type: number): boolean {
  return permissions[type] !== 0
}

export function isFramePermitted(
  type: number,
  packetType: PacketType,
  fromServer: boolean,
): boolean {
  const permission = permissions[type]!
  if ((permission & (1 << packetType)) === 0) return false
  return fromServer || (permission & FROM_SERVER_ONLY) === 0
}

/** The `FrameFlags` of a known type. */
export function frameFlags(type: number): number {
  return flags[type]!
}
