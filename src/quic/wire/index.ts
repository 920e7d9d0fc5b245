export { AckFrame } from './ack-frame.ts'
export { FrameFlags } from './frame-rules.ts'
export { FrameType } from './frame-types.ts'
export type { FrameVisitor } from './frame-visitor.ts'
export { MAX_CONNECTION_ID_LENGTH, STATELESS_RESET_TOKEN_LENGTH } from './limits.ts'
export {
  isLongHeader,
  PacketHeader,
  PacketType,
  parsePacketHeader,
  patchLength,
  writeLongHeader,
  writeShortHeader,
} from './packet-header.ts'
export { decodePacketNumber, packetNumberLengthFor } from './packet-number.ts'
export { FrameParser } from './parse-frames.ts'
export { readRetry, writeRetry } from './retry.ts'
export {
  decodeTransportParameters,
  encodeTransportParameters,
  type PreferredAddress,
  type TransportParameters,
} from './transport-parameters.ts'
export { isSupportedVersion, VERSION_1, type VersionInfo, versionInfo } from './version.ts'
export { readVersionNegotiation, writeVersionNegotiation } from './version-negotiation.ts'
export * from './write-frames.ts'
