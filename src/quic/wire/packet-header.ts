import { readVarint, varintLengthFromFirstByte, type Writer } from '../../bytes/index.ts'
import { MAX_CONNECTION_ID_LENGTH } from './limits.ts'
import { isSupportedVersion, versionInfo } from './version.ts'

/** The first four are the versions' long packet types (`VersionInfo.longTypeBits` is indexed by them). */
export const PacketType = {
  initial: 0,
  zeroRtt: 1,
  handshake: 2,
  retry: 3,
  oneRtt: 4,
  versionNegotiation: 5,
  /** A long header of a version that we don't speak. */
  unknown: -1,
} as const
export type PacketType = (typeof PacketType)[keyof typeof PacketType]

const EMPTY = new Uint8Array(0)
const LONG_HEADER = 0x80
const FIXED_BIT = 0x40
const SPIN_BIT = 0x20
const KEY_PHASE_BIT = 0x04

/** Of every Retry: the integrity tag (RFC 9001 §5.8). */
export const RETRY_TAG_LENGTH = 16

/**
 * One packet of a datagram. The object is made once and filled again for every packet; its byte
 * strings are views into the datagram.
 */
export class PacketHeader {
  type: PacketType = PacketType.unknown
  /** 0 for a short header and for Version Negotiation. */
  version = 0
  /** As received; without its protection after `unprotectHeader`. */
  firstByte = 0
  destinationConnectionId: Uint8Array = EMPTY
  sourceConnectionId: Uint8Array = EMPTY
  /** Of an Initial or a Retry. */
  token: Uint8Array = EMPTY
  /** Where the packet begins in the datagram. */
  start = 0
  /** Where the packet number begins; of packets without one: what comes after the connection ids. */
  packetNumberOffset = 0
  /** Where the packet ends in the datagram, and the next may begin. */
  end = 0
  /** 0 until the header protection is removed, as are the next two. */
  packetNumberLength = 0
  packetNumber = 0
  keyPhase = false
}

export function isLongHeader(firstByte: number): boolean {
  return (firstByte & LONG_HEADER) !== 0
}

/**
 * Reads what is readable of the packet at `offset` without keys. False: it and the rest of the
 * datagram are to be dropped. Never throws.
 *
 * A long header of an unsupported version gives `PacketType.unknown` with version and connection ids
 * (RFC 8999 §5.1), so that Version Negotiation can be answered.
 *
 * @param shortHeaderCidLength of the connection ids that we give out
 */
export function parsePacketHeader(
  datagram: Uint8Array,
  offset: number,
  shortHeaderCidLength: number,
  header: PacketHeader,
): boolean {
  if (offset >= datagram.length) return false
  const firstByte = datagram[offset]!
  header.firstByte = firstByte
  header.start = offset
  header.end = datagram.length
  header.token = EMPTY
  header.packetNumberLength = 0
  header.packetNumber = 0
  header.keyPhase = false
  if (isLongHeader(firstByte)) return parseLongHeader(datagram, offset, header)

  const cidEnd = offset + 1 + shortHeaderCidLength
  if ((firstByte & FIXED_BIT) === 0 || cidEnd > datagram.length) return false
  header.type = PacketType.oneRtt
  header.version = 0
  header.destinationConnectionId = datagram.subarray(offset + 1, cidEnd)
  header.sourceConnectionId = EMPTY
  header.packetNumberOffset = cidEnd
  return true
}

/** RFC 8999 §5.1, then RFC 9000 §17.2. */
function parseLongHeader(datagram: Uint8Array, offset: number, header: PacketHeader): boolean {
  const { length } = datagram
  const dcidStart = offset + 6
  if (dcidStart > length) return false
  const version =
    ((datagram[offset + 1]! << 24) |
      (datagram[offset + 2]! << 16) |
      (datagram[offset + 3]! << 8) |
      datagram[offset + 4]!) >>>
    0
  const dcidEnd = dcidStart + datagram[offset + 5]!
  if (dcidEnd >= length) return false
  const scidStart = dcidEnd + 1
  const scidEnd = scidStart + datagram[dcidEnd]!
  if (scidEnd > length) return false
  header.version = version
  header.destinationConnectionId = datagram.subarray(dcidStart, dcidEnd)
  header.sourceConnectionId = datagram.subarray(scidStart, scidEnd)
  header.packetNumberOffset = scidEnd
  if (version === 0) {
    header.type = PacketType.versionNegotiation
    return true
  }
  if (!isSupportedVersion(version)) {
    header.type = PacketType.unknown
    return true
  }
  if (
    (header.firstByte & FIXED_BIT) === 0 ||
    header.destinationConnectionId.length > MAX_CONNECTION_ID_LENGTH ||
    header.sourceConnectionId.length > MAX_CONNECTION_ID_LENGTH
  )
    return false
  const typeBits = (header.firstByte >>> 4) & 3
  header.type = versionInfo(version)!.longTypes[typeBits]! as PacketType
  return header.type === PacketType.retry
    ? parseRetryToken(datagram, scidEnd, header)
    : parseTokenAndLength(datagram, scidEnd, header)
}

/** RFC 9000 §17.2.5: all between the connection ids and the integrity tag. */
function parseRetryToken(datagram: Uint8Array, position: number, header: PacketHeader): boolean {
  const tokenEnd = datagram.length - RETRY_TAG_LENGTH
  if (tokenEnd < position) return false
  header.token = datagram.subarray(position, tokenEnd)
  return true
}

function parseTokenAndLength(
  datagram: Uint8Array,
  afterConnectionIds: number,
  header: PacketHeader,
): boolean {
  let position = afterConnectionIds
  if (header.type === PacketType.initial) {
    const tokenStart = varintEnd(datagram, position)
    if (tokenStart === -1) return false
    const tokenEnd = tokenStart + readVarint(datagram, position)
    if (tokenEnd > datagram.length) return false
    header.token = datagram.subarray(tokenStart, tokenEnd)
    position = tokenEnd
  }
  const lengthEnd = varintEnd(datagram, position)
  if (lengthEnd === -1) return false
  const end = lengthEnd + readVarint(datagram, position)
  if (end > datagram.length) return false
  header.packetNumberOffset = lengthEnd
  header.end = end
  return true
}

/** Where the varint at `position` ends; -1 when the datagram ends before. */
function varintEnd(datagram: Uint8Array, position: number): number {
  if (position >= datagram.length) return -1
  const end = position + varintLengthFromFirstByte(datagram[position]!)
  return end > datagram.length ? -1 : end
}

/**
 * Writes a long header up to and with its packet number, not yet protected. `token` goes into an
 * Initial only. Returns the position of its two-byte length field, for {@link patchLength}.
 */
export function writeLongHeader(
  writer: Writer,
  type: PacketType,
  version: number,
  destinationConnectionId: Uint8Array,
  sourceConnectionId: Uint8Array,
  token: Uint8Array,
  packetNumber: number,
  packetNumberLength: number,
): number {
  const typeBits = versionInfo(version)!.longTypeBits[type]!
  writer.u8(LONG_HEADER | FIXED_BIT | (typeBits << 4) | (packetNumberLength - 1))
  writer.u32(version)
  writer.u8(destinationConnectionId.length)
  writer.put(destinationConnectionId)
  writer.u8(sourceConnectionId.length)
  writer.put(sourceConnectionId)
  if (type === PacketType.initial) {
    writer.varint(token.length)
    writer.put(token)
  }
  const lengthPosition = writer.reserve(2)
  writePacketNumber(writer, packetNumber, packetNumberLength)
  return lengthPosition
}

/** Fills in the length that {@link writeLongHeader} left open: packet number, payload and tag together. */
export function patchLength(buffer: Uint8Array, position: number, length: number): void {
  if (length > 0x3fff) throw new RangeError(`a packet of ${length} bytes is too long`)
  buffer[position] = 0x40 | (length >>> 8)
  buffer[position + 1] = length & 0xff
}

/** Writes a short header with its packet number, not yet protected. */
export function writeShortHeader(
  writer: Writer,
  destinationConnectionId: Uint8Array,
  packetNumber: number,
  packetNumberLength: number,
  keyPhase: boolean,
  spin = false,
): void {
  const bits = (spin ? SPIN_BIT : 0) | (keyPhase ? KEY_PHASE_BIT : 0)
  writer.u8(FIXED_BIT | bits | (packetNumberLength - 1))
  writer.put(destinationConnectionId)
  writePacketNumber(writer, packetNumber, packetNumberLength)
}

function writePacketNumber(writer: Writer, packetNumber: number, length: number): void {
  // Shifts take the number modulo 2^32, and that is just what is sent of it at most.
  for (let shift = 8 * (length - 1); shift >= 0; shift -= 8)
    writer.u8((packetNumber >>> shift) & 0xff)
}
