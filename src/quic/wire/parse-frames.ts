import { Reader, varintLength } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { AckFrame } from './ack-frame.ts'
import { frameFlags, isFramePermitted, isKnownFrame } from './frame-rules.ts'
import { FrameType, StreamBit } from './frame-types.ts'
import type { FrameVisitor } from './frame-visitor.ts'
import { MAX_CONNECTION_ID_LENGTH, STATELESS_RESET_TOKEN_LENGTH } from './limits.ts'
import type { PacketType } from './packet-header.ts'
import { readStreamCount } from './stream-count.ts'

const { frameEncodingError, protocolViolation, flowControlError, cryptoBufferExceeded } =
  TransportErrorCode

/** RFC 9000 §12.4: a frame that reaches past the end of the packet is a FRAME_ENCODING_ERROR. */
class FrameReader extends Reader {
  frameType = 0

  protected override truncated(message: string): never {
    throw this.error(frameEncodingError, message)
  }

  error(code: number, reason: string): TransportError {
    return new TransportError(code, reason, this.frameType)
  }
}

/** Reads the frames of packets. Nothing of a packet is kept, so that one parser can serve many connections. */
export class FrameParser {
  /** Of the frame that is being read or visited: whom to blame when the visitor throws. */
  currentFrameType = 0
  private readonly ackFrame = new AckFrame()

  /**
   * Calls `visitor` for each frame of a packet's payload; returns their `FrameFlags` together. PADDING
   * is passed over. Throws {@link TransportError} at the first frame that is broken, unknown or out of
   * place: those before it have been visited.
   */
  parse(
    payload: Uint8Array,
    packetType: PacketType,
    fromServer: boolean,
    visitor: FrameVisitor,
  ): number {
    this.currentFrameType = 0
    if (payload.length === 0) throw new TransportError(protocolViolation, 'a packet without frames')
    const reader = new FrameReader(payload)
    let flags = 0
    while (reader.position < reader.end) {
      const type = payload[reader.position]!
      if (type === FrameType.padding) {
        reader.position = endOfPadding(payload, reader.position)
        continue
      }
      this.currentFrameType = type
      reader.frameType = type
      if (!isKnownFrame(type)) throw unknownType(reader)
      if (!isFramePermitted(type, packetType, fromServer))
        throw reader.error(protocolViolation, 'a frame that is not permitted here')
      reader.position++
      flags |= frameFlags(type)
      this.readFrame(reader, type, visitor)
    }
    return flags
  }

  private readFrame(reader: FrameReader, type: number, visitor: FrameVisitor): void {
    switch (type) {
      case FrameType.ping:
        visitor.ping()
        break
      case FrameType.ack:
      case FrameType.ackEcn:
        readAck(reader, type, this.ackFrame, visitor)
        break
      case FrameType.resetStream:
        visitor.resetStream(reader.varint(), reader.varint(), reader.varint())
        break
      case FrameType.stopSending:
        visitor.stopSending(reader.varint(), reader.varint())
        break
      case FrameType.crypto:
        readCrypto(reader, visitor)
        break
      case FrameType.newToken:
        readNewToken(reader, visitor)
        break
      case FrameType.maxData:
        visitor.maxData(reader.varint())
        break
      case FrameType.maxStreamData:
        visitor.maxStreamData(reader.varint(), reader.varint())
        break
      case FrameType.maxStreamsBidi:
      case FrameType.maxStreamsUni:
        visitor.maxStreams(type === FrameType.maxStreamsBidi, streamCount(reader))
        break
      case FrameType.dataBlocked:
        visitor.dataBlocked(reader.varint())
        break
      case FrameType.streamDataBlocked:
        visitor.streamDataBlocked(reader.varint(), reader.varint())
        break
      case FrameType.streamsBlockedBidi:
      case FrameType.streamsBlockedUni:
        visitor.streamsBlocked(type === FrameType.streamsBlockedBidi, streamCount(reader))
        break
      case FrameType.newConnectionId:
        readNewConnectionId(reader, visitor)
        break
      case FrameType.retireConnectionId:
        visitor.retireConnectionId(reader.varint())
        break
      case FrameType.pathChallenge:
        visitor.pathChallenge(reader.view(8))
        break
      case FrameType.pathResponse:
        visitor.pathResponse(reader.view(8))
        break
      case FrameType.connectionClose:
      case FrameType.connectionCloseApplication:
        readConnectionClose(reader, type, visitor)
        break
      case FrameType.handshakeDone:
        visitor.handshakeDone()
        break
      default:
        // All that `isKnownFrame` lets through and is not named above.
        readStream(reader, type, visitor)
        break
    }
  }
}

/** A loop of its own over nothing but the bytes: an Initial may be a thousand of them. */
function endOfPadding(payload: Uint8Array, start: number): number {
  let position = start
  while (position < payload.length && payload[position] === FrameType.padding) position++
  return position
}

/** RFC 9000 §12.4: types take the shortest encoding; every one that we know takes one byte. */
function unknownType(reader: FrameReader): TransportError {
  const start = reader.position
  const type = reader.varint()
  reader.frameType = type
  if (reader.position - start > varintLength(type))
    return reader.error(protocolViolation, 'a frame type that is not in its shortest encoding')
  return reader.error(frameEncodingError, 'an unknown frame type')
}

/** RFC 9000 §19.3. */
function readAck(reader: FrameReader, type: number, ack: AckFrame, visitor: FrameVisitor): void {
  const largestAcked = reader.varint()
  ack.reset(largestAcked, reader.varint())
  const furtherRanges = reader.varint()
  // Each takes two bytes or more: a count beyond what is there is refused before the loop.
  if (furtherRanges * 2 >= reader.remaining)
    throw reader.error(frameEncodingError, 'more ACK ranges than bytes')
  let smallest = largestAcked - reader.varint()
  if (smallest < 0) throw reader.error(frameEncodingError, 'an ACK range below zero')
  ack.addRange(smallest, largestAcked)
  for (let i = 0; i < furtherRanges; i++) {
    const largest = smallest - reader.varint() - 2
    smallest = largest - reader.varint()
    if (smallest < 0) throw reader.error(frameEncodingError, 'an ACK range below zero')
    ack.addRange(smallest, largest)
  }
  if (type === FrameType.ackEcn) {
    ack.hasEcn = true
    ack.ect0 = reader.varint()
    ack.ect1 = reader.varint()
    ack.ce = reader.varint()
  }
  visitor.ack(ack)
}

/** RFC 9000 §19.6. */
function readCrypto(reader: FrameReader, visitor: FrameVisitor): void {
  const offset = reader.varint()
  const data = reader.view(reader.varint())
  // An offset that saturated is beyond every buffer, and so is one above 2^62-1.
  if (offset + data.length >= Number.MAX_SAFE_INTEGER)
    throw reader.error(cryptoBufferExceeded, 'a CRYPTO offset that is too large')
  visitor.crypto(offset, data)
}

/** RFC 9000 §19.7. */
function readNewToken(reader: FrameReader, visitor: FrameVisitor): void {
  const token = reader.view(reader.varint())
  if (token.length === 0) throw reader.error(frameEncodingError, 'an empty token')
  visitor.newToken(token)
}

/** RFC 9000 §19.8. */
function readStream(reader: FrameReader, type: number, visitor: FrameVisitor): void {
  const id = reader.varint()
  const offset = (type & StreamBit.offset) !== 0 ? reader.varint() : 0
  const data = reader.view((type & StreamBit.length) !== 0 ? reader.varint() : reader.remaining)
  // An offset that saturated is beyond all credit, and so is one above 2^62-1.
  if (offset + data.length >= Number.MAX_SAFE_INTEGER)
    throw reader.error(flowControlError, 'a stream offset that is too large')
  visitor.stream(id, offset, data, (type & StreamBit.fin) !== 0)
}

/** RFC 9000 §19.11, §19.14. */
function streamCount(reader: FrameReader): number {
  const count = readStreamCount(reader)
  if (count === -1) throw reader.error(frameEncodingError, 'more streams than there are ids')
  return count
}

/** RFC 9000 §19.15. */
function readNewConnectionId(reader: FrameReader, visitor: FrameVisitor): void {
  const sequence = reader.varint()
  const retirePriorTo = reader.varint()
  if (retirePriorTo > sequence)
    throw reader.error(frameEncodingError, 'a connection id that retires itself')
  const length = reader.u8()
  if (length === 0 || length > MAX_CONNECTION_ID_LENGTH)
    throw reader.error(frameEncodingError, 'a connection id of illegal length')
  const connectionId = reader.view(length)
  const statelessResetToken = reader.view(STATELESS_RESET_TOKEN_LENGTH)
  visitor.newConnectionId(sequence, retirePriorTo, connectionId, statelessResetToken)
}

/** RFC 9000 §19.19. */
function readConnectionClose(reader: FrameReader, type: number, visitor: FrameVisitor): void {
  const application = type === FrameType.connectionCloseApplication
  const errorCode = reader.varint()
  const frameType = application ? 0 : reader.varint()
  visitor.connectionClose(application, errorCode, frameType, reader.view(reader.varint()))
}
