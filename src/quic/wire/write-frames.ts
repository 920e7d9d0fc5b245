import { type RangeSet, varintLength, type Writer } from '../../bytes/index.ts'
import { FrameType, StreamBit } from './frame-types.ts'

/** Writers of all frames but PADDING, which is zeros. Room is the caller's care, except for ACK. */

export function writePing(writer: Writer): void {
  writer.u8(FrameType.ping)
}

/**
 * RFC 9000 §19.3: the newest ranges first, at most `maxRanges` (1 or more) and as many as there is room
 * for. False, and nothing written, when there is none or not even one fits.
 *
 * @param ackDelay already shifted by our ack_delay_exponent
 */
export function writeAck(
  writer: Writer,
  ranges: RangeSet,
  ackDelay: number,
  maxRanges: number,
): boolean {
  if (ranges.isEmpty) return false
  const newest = ranges.count - 1
  const largest = ranges.end(newest) - 1
  const oldestAllowed = Math.max(0, ranges.count - maxRanges)
  let room =
    writer.remaining -
    (1 + varintLength(largest) + varintLength(ackDelay) + varintLength(0)) -
    varintLength(largest - ranges.start(newest))
  if (room < 0) return false
  let oldest = newest
  for (; oldest > oldestAllowed; oldest--) {
    const further = newest - oldest
    room -= varintLength(further + 1) - varintLength(further)
    room -= varintLength(gapAbove(ranges, oldest - 1))
    room -= varintLength(lengthBelowLargest(ranges, oldest - 1))
    if (room < 0) break
  }

  writer.u8(FrameType.ack)
  writer.varint(largest)
  writer.varint(ackDelay)
  writer.varint(newest - oldest)
  writer.varint(largest - ranges.start(newest))
  for (let i = newest - 1; i >= oldest; i--) {
    writer.varint(gapAbove(ranges, i))
    writer.varint(lengthBelowLargest(ranges, i))
  }
  return true
}

/** RFC 9000 §19.3.1: one less than the packets missing between a range and the next newer one. */
function gapAbove(ranges: RangeSet, index: number): number {
  return ranges.start(index + 1) - ranges.end(index) - 1
}

function lengthBelowLargest(ranges: RangeSet, index: number): number {
  return ranges.end(index) - ranges.start(index) - 1
}

export function writeResetStream(
  writer: Writer,
  id: number,
  errorCode: number,
  finalSize: number,
): void {
  writer.u8(FrameType.resetStream)
  writer.varint(id)
  writer.varint(errorCode)
  writer.varint(finalSize)
}

export function writeStopSending(writer: Writer, id: number, errorCode: number): void {
  writer.u8(FrameType.stopSending)
  writer.varint(id)
  writer.varint(errorCode)
}

/** The data follows. */
export function writeCryptoHeader(writer: Writer, offset: number, length: number): void {
  writer.u8(FrameType.crypto)
  writer.varint(offset)
  writer.varint(length)
}

export function cryptoHeaderLength(offset: number, length: number): number {
  return 1 + varintLength(offset) + varintLength(length)
}

export function writeNewToken(writer: Writer, token: Uint8Array): void {
  writer.u8(FrameType.newToken)
  writer.varint(token.length)
  writer.put(token)
}

/**
 * The data follows.
 *
 * @param length of the data; -1: up to the end of the packet, so that the frame is the last
 */
export function writeStreamHeader(
  writer: Writer,
  id: number,
  offset: number,
  length: number,
  fin: boolean,
): void {
  const bits =
    (offset > 0 ? StreamBit.offset : 0) |
    (length >= 0 ? StreamBit.length : 0) |
    (fin ? StreamBit.fin : 0)
  writer.u8(FrameType.stream | bits)
  writer.varint(id)
  if (offset > 0) writer.varint(offset)
  if (length >= 0) writer.varint(length)
}

export function streamHeaderLength(id: number, offset: number, length: number): number {
  return (
    1 +
    varintLength(id) +
    (offset > 0 ? varintLength(offset) : 0) +
    (length >= 0 ? varintLength(length) : 0)
  )
}

export function writeMaxData(writer: Writer, maximum: number): void {
  writer.u8(FrameType.maxData)
  writer.varint(maximum)
}

export function writeMaxStreamData(writer: Writer, id: number, maximum: number): void {
  writer.u8(FrameType.maxStreamData)
  writer.varint(id)
  writer.varint(maximum)
}

export function writeMaxStreams(writer: Writer, bidi: boolean, maximum: number): void {
  writer.u8(bidi ? FrameType.maxStreamsBidi : FrameType.maxStreamsUni)
  writer.varint(maximum)
}

export function writeDataBlocked(writer: Writer, limit: number): void {
  writer.u8(FrameType.dataBlocked)
  writer.varint(limit)
}

export function writeStreamDataBlocked(writer: Writer, id: number, limit: number): void {
  writer.u8(FrameType.streamDataBlocked)
  writer.varint(id)
  writer.varint(limit)
}

export function writeStreamsBlocked(writer: Writer, bidi: boolean, limit: number): void {
  writer.u8(bidi ? FrameType.streamsBlockedBidi : FrameType.streamsBlockedUni)
  writer.varint(limit)
}

export function writeNewConnectionId(
  writer: Writer,
  sequence: number,
  retirePriorTo: number,
  connectionId: Uint8Array,
  statelessResetToken: Uint8Array,
): void {
  writer.u8(FrameType.newConnectionId)
  writer.varint(sequence)
  writer.varint(retirePriorTo)
  writer.u8(connectionId.length)
  writer.put(connectionId)
  writer.put(statelessResetToken)
}

export function writeRetireConnectionId(writer: Writer, sequence: number): void {
  writer.u8(FrameType.retireConnectionId)
  writer.varint(sequence)
}

/** 8 bytes. */
export function writePathChallenge(writer: Writer, data: Uint8Array): void {
  writer.u8(FrameType.pathChallenge)
  writer.put(data)
}

export function writePathResponse(writer: Writer, data: Uint8Array): void {
  writer.u8(FrameType.pathResponse)
  writer.put(data)
}

/** `frameType` goes out only when the transport closes. */
export function writeConnectionClose(
  writer: Writer,
  application: boolean,
  errorCode: number,
  frameType: number,
  reason: Uint8Array,
): void {
  writer.u8(application ? FrameType.connectionCloseApplication : FrameType.connectionClose)
  writer.varint(errorCode)
  if (!application) writer.varint(frameType)
  writer.varint(reason.length)
  writer.put(reason)
}

export function writeHandshakeDone(writer: Writer): void {
  writer.u8(FrameType.handshakeDone)
}
