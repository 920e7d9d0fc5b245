import { IdMap } from '../../bytes/index.ts'
import { BusError } from './errors.ts'
import {
  FrameHead,
  frameFlags,
  frameTypes,
  HEAD_LENGTH,
  LAST_FRAME_TYPE,
  readHead,
} from './frame.ts'
import {
  MAX_FRAME_PAYLOAD,
  MAX_MESSAGE_LENGTH,
  MAX_PARTIAL_BYTES,
  MAX_PARTIAL_MESSAGES,
} from './limits.ts'

/** Takes what comes on a bus. The head is used again for the next frame; payloads are the taker's. */
export interface FrameHandler {
  /** A whole message. */
  onMessage(head: FrameHead, payload: Uint8Array): void
  /** A piece of a body, as it came; `last` with the end of a frame that has `fin`. May be empty then. */
  onData(head: FrameHead, piece: Uint8Array, last: boolean): void
}

interface PartialMessage {
  readonly bytes: Buffer
  filled: number
}

/**
 * Cuts a stream of bytes into frames. Bodies, and messages that are whole in one read, are passed on
 * without a copy; others are copied once, into memory of the message's length.
 */
export class FrameDecoder {
  private readonly handler: FrameHandler
  private readonly head = new FrameHead()
  private readonly headBytes = Buffer.alloc(HEAD_LENGTH)
  private headFilled = 0
  private inPayload = false
  private remaining = 0
  /** Where the payload of the present frame is gathered, if it has to be. */
  private target: PartialMessage | undefined = undefined
  /** Chunked messages by type and id: chunks of several may take turns. */
  private readonly partial = new IdMap<PartialMessage>()
  private partialBytes = 0

  constructor(handler: FrameHandler) {
    this.handler = handler
  }

  /** Throws {@link BusError}; nothing may be pushed after that. */
  push(bytes: Buffer): void {
    let at = 0
    while (true) {
      if (!this.inPayload) {
        at = this.readHead(bytes, at)
        if (!this.inPayload) return
      }
      const take = Math.min(this.remaining, bytes.length - at)
      if (take === 0 && this.remaining > 0) return
      this.takePayload(bytes.subarray(at, at + take))
      at += take
    }
  }

  private readHead(bytes: Buffer, at: number): number {
    const available = bytes.length - at
    if (this.headFilled === 0 && available >= HEAD_LENGTH) {
      readHead(bytes, at, this.head)
      this.beginFrame()
      return at + HEAD_LENGTH
    }
    const take = Math.min(HEAD_LENGTH - this.headFilled, available)
    bytes.copy(this.headBytes, this.headFilled, at, at + take)
    this.headFilled += take
    if (this.headFilled === HEAD_LENGTH) {
      this.headFilled = 0
      readHead(this.headBytes, 0, this.head)
      this.beginFrame()
    }
    return at + take
  }

  private beginFrame(): void {
    const { payloadLength, messageLength, type, flags } = this.head
    if (payloadLength < 0 || payloadLength > MAX_FRAME_PAYLOAD) {
      throw new BusError(`A frame with a payload of ${payloadLength} bytes`)
    }
    if (type === 0 || type > LAST_FRAME_TYPE) throw new BusError(`A frame of the type ${type}`)
    this.inPayload = true
    this.remaining = payloadLength
    if (type === frameTypes.data) return
    if ((flags & frameFlags.chunk) !== 0) this.target = this.chunkTarget()
    else if (messageLength !== payloadLength) {
      throw new BusError(`${payloadLength} bytes of a message of ${messageLength}`)
    }
  }

  private chunkTarget(): PartialMessage {
    const { flags, payloadLength, messageLength } = this.head
    const key = this.partialKey()
    let message = this.partial.get(key)
    if ((flags & frameFlags.begin) !== 0) {
      if (message !== undefined) throw new BusError('A chunked message begins twice')
      if (messageLength > MAX_MESSAGE_LENGTH) {
        throw new BusError(`A message of ${messageLength} bytes`)
      }
      if (
        this.partial.size === MAX_PARTIAL_MESSAGES ||
        this.partialBytes + messageLength > MAX_PARTIAL_BYTES
      ) {
        throw new BusError('Too many messages of which the end is missing')
      }
      message = { bytes: Buffer.allocUnsafeSlow(messageLength), filled: 0 }
      this.partial.set(key, message)
      this.partialBytes += messageLength
    } else if (message === undefined) throw new BusError('A chunk of a message that did not begin')
    if (message.filled + payloadLength > message.bytes.length) {
      throw new BusError('The chunks are longer than their message')
    }
    return message
  }

  private takePayload(piece: Buffer): void {
    const { head, handler, target } = this
    this.remaining -= piece.length
    const complete = this.remaining === 0
    if (complete) this.inPayload = false
    if (head.type === frameTypes.data) {
      handler.onData(head, piece, complete && (head.flags & frameFlags.fin) !== 0)
      return
    }
    if (target === undefined) {
      if (piece.length === head.payloadLength) {
        handler.onMessage(head, piece)
        return
      }
      this.target = { bytes: Buffer.allocUnsafeSlow(head.payloadLength), filled: piece.length }
      piece.copy(this.target.bytes)
      return
    }
    piece.copy(target.bytes, target.filled)
    target.filled += piece.length
    if (!complete) return
    this.target = undefined
    this.endFrame(target)
  }

  private endFrame(message: PartialMessage): void {
    const { flags } = this.head
    if ((flags & frameFlags.chunk) !== 0) {
      if ((flags & frameFlags.end) === 0) return
      if (message.filled !== message.bytes.length) {
        throw new BusError('A chunked message ends before its length')
      }
      this.partial.delete(this.partialKey())
      this.partialBytes -= message.bytes.length
    }
    this.handler.onMessage(this.head, message.bytes)
  }

  private partialKey(): number {
    return this.head.messageId * 32 + this.head.type
  }
}
