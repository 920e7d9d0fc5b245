import { type Field, FieldSectionTooLargeError } from '../qpack/index.ts'
import type { StreamTransport } from '../quic/index.ts'
import { connectionError, H3ErrorCode, malformed, streamError } from './errors.ts'
import type { H3Event } from './events.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameType, isHttp2FrameType } from './frames.ts'
import { FREE_GLITCHES_PER_REQUEST } from './limits.ts'
import type { MessageSender } from './message-sender.ts'
import {
  checkRequest,
  checkResponse,
  checkTrailers,
  joinCookies,
  responseHasContent,
} from './message-validation.ts'

/** What a request stream needs of its connection. */
export interface RequestHost {
  readonly transport: StreamTransport
  /** Bytes of an encoded field section that are gathered at most. */
  readonly maxSectionLength: number
  emit(event: H3Event): void
  /** The fields, or undefined while they wait for the QPACK encoder stream; then `resume` is called. */
  decode(streamId: number, section: Uint8Array): readonly Field[] | undefined
  glitch(): void
  /** So many more bytes, or less, of field sections are kept that are not whole yet. */
  onGathered(change: number): void
}

/** How far the peer's message has come; the frame sequence of RFC 9114 §4.1. */
const Phase = {
  /** Waiting for the request, or for the final response. */
  head: 0,
  /** DATA, or the HEADERS of the trailers. */
  content: 1,
  /** Behind CONNECT: DATA alone (RFC 9114 §4.4). */
  tunnel: 2,
  /** Behind the trailers: nothing that we know. */
  trailed: 3,
  /** The end was reached, or we stopped reading. */
  over: 4,
} as const
type Phase = (typeof Phase)[keyof typeof Phase]

/**
 * One request and its response. Reads the peer's message, piece by piece and only as far as somebody
 * wants it: bytes of the body that nobody takes stay in the transport and hold the peer back.
 * Throws `H3Error` and what QPACK throws.
 */
export class RequestStream {
  readonly id: number
  readonly sender: MessageSender
  /** Milliseconds of the transport's clock. */
  readonly startedAt: number
  /** Whether the application knows of it; events of others are of no use to anybody. */
  isAnnounced: boolean
  /** Whether the transport has let go of the stream, while the end of the message is still unread. */
  isDetached = false
  private readonly host: RequestHost
  private readonly isServer: boolean
  private readonly reader = new FrameReader()
  private phase: Phase = Phase.head
  private inFrame = false
  /** Whether a field section waits for QPACK; what is behind it waits too. */
  private isBlocked = false
  private isBodyAnnounced = false
  private hasContent = true
  /** -1 where the message does not say. */
  private contentLength = -1
  private receivedLength = 0
  private glitches = 0
  private gathered = 0

  constructor(id: number, host: RequestHost, sender: MessageSender, startedAt: number) {
    this.id = id
    this.startedAt = startedAt
    this.host = host
    this.sender = sender
    this.isServer = host.transport.role === 'server'
    this.isAnnounced = !this.isServer
  }

  /** Whether nothing more will be read. */
  get isOver(): boolean {
    return this.phase === Phase.over
  }

  /** Reads on, up to the next byte of the body or as far as the bytes go. */
  advance(): void {
    const { reader } = this
    while (this.phase !== Phase.over && !this.isBlocked) {
      if (!this.inFrame) {
        if (!reader.readHeader()) {
          if (!this.pull()) return
          continue
        }
        this.checkHeader(reader.type, reader.length)
        this.inFrame = true
      }
      if (reader.type === FrameType.data) {
        if (reader.remaining > 0) {
          if (reader.isEmpty && !this.pull()) return
          this.announceBody()
          return
        }
        this.inFrame = false
      } else if (reader.type === FrameType.headers) {
        const section = reader.readWholePayload()
        this.tellGathered()
        if (section !== undefined) {
          this.inFrame = false
          const fields = this.host.decode(this.id, section)
          if (fields === undefined) this.isBlocked = true
          else this.onFields(fields)
        } else if (!this.pull()) return
      } else if (reader.skipPayload()) {
        this.inFrame = false
      } else if (!this.pull()) return
    }
  }

  /** The field section that was blocked. */
  resume(fields: readonly Field[]): void {
    if (this.phase === Phase.over) return
    this.isBlocked = false
    this.onFields(fields)
    this.advance()
    // The end may have come meanwhile; the transport lets go of a stream only once it is read dry.
    if (this.isOver && !this.isDetached) this.host.transport.read(this.id)
  }

  /** The next bytes of the body; undefined when there are none now. */
  readBody(): Uint8Array | undefined {
    const { reader } = this
    this.isBodyAnnounced = true
    while (this.phase !== Phase.over && !this.isBlocked) {
      if (!this.inFrame || reader.type !== FrameType.data || reader.remaining === 0) {
        this.advance()
        if (!this.inFrame || reader.type !== FrameType.data) break
      }
      const bytes = reader.readPayload()
      if (bytes !== undefined) return bytes
      if (!this.pull()) break
    }
    this.isBodyAnnounced = false
    return undefined
  }

  /** Nobody wants the rest. */
  abandon(): void {
    this.phase = Phase.over
    this.reader.clear()
    this.tellGathered()
  }

  private tellGathered(): void {
    const { gatheredLength } = this.reader
    if (gatheredLength === this.gathered) return
    const change = gatheredLength - this.gathered
    this.gathered = gatheredLength
    this.host.onGathered(change)
  }

  /** Gets the next piece; where there is none, looks whether the stream is at its end. */
  private pull(): boolean {
    const bytes = this.isDetached ? undefined : this.host.transport.read(this.id)
    if (bytes !== undefined) {
      this.reader.push(bytes)
      return true
    }
    if (this.isAtEnd()) this.onEnd()
    return false
  }

  private isAtEnd(): boolean {
    return this.isDetached || this.host.transport.readFinished(this.id)
  }

  /** Which frame may come when: RFC 9114 §4.1, §7.2. */
  private checkHeader(type: number, length: number): void {
    switch (type) {
      case FrameType.data:
        if (this.phase !== Phase.content && this.phase !== Phase.tunnel)
          throw unexpected('DATA outside of a message')
        this.countContent(length)
        return
      case FrameType.headers:
        if (this.phase !== Phase.head && this.phase !== Phase.content)
          throw unexpected('HEADERS behind the message')
        if (length > this.host.maxSectionLength)
          throw new FieldSectionTooLargeError(this.id, `a field section of ${length} bytes`)
        return
      case FrameType.pushPromise:
        if (this.isServer) throw unexpected('PUSH_PROMISE from a client')
        if (this.phase === Phase.tunnel) throw unexpected('PUSH_PROMISE behind CONNECT')
        throw connectionError(H3ErrorCode.idError, 'PUSH_PROMISE without MAX_PUSH_ID')
      case FrameType.cancelPush:
      case FrameType.settings:
      case FrameType.goaway:
      case FrameType.maxPushId:
        throw unexpected(`frame 0x${type.toString(16)} on a request stream`)
      default:
        if (isHttp2FrameType(type)) throw unexpected(`frame 0x${type.toString(16)} of HTTP/2`)
        this.countGlitch()
    }
  }

  private countContent(length: number): void {
    if (length === 0) {
      this.countGlitch()
      return
    }
    this.receivedLength += length
    if (!this.hasContent) throw malformed('content where the message can have none')
    if (this.contentLength !== -1 && this.receivedLength > this.contentLength)
      throw malformed('more content than content-length says')
  }

  private countGlitch(): void {
    if (++this.glitches > FREE_GLITCHES_PER_REQUEST) this.host.glitch()
  }

  private announceBody(): void {
    if (this.isBodyAnnounced) return
    this.isBodyAnnounced = true
    this.host.emit({ type: 'bodyReadable', id: this.id })
  }

  private onFields(fields: readonly Field[]): void {
    if (this.phase !== Phase.head) this.onTrailers(fields)
    else if (this.isServer) this.onRequest(joinCookies(fields))
    else this.onResponse(joinCookies(fields))
  }

  private onRequest(fields: readonly Field[]): void {
    const { method, contentLength } = checkRequest(fields)
    this.sender.requestMethod = method
    this.contentLength = contentLength
    this.phase = method === 'CONNECT' ? Phase.tunnel : Phase.content
    this.announceHeaders(fields)
  }

  private onResponse(fields: readonly Field[]): void {
    const { status, contentLength } = checkResponse(fields)
    if (status < 200) {
      this.countGlitch()
      this.host.emit({ type: 'informational', id: this.id, fields })
      return
    }
    const method = this.sender.requestMethod
    const isTunnel = method === 'CONNECT' && status < 300
    this.hasContent = responseHasContent(method, status)
    this.contentLength = isTunnel || !this.hasContent ? -1 : contentLength
    this.phase = isTunnel ? Phase.tunnel : Phase.content
    this.announceHeaders(fields)
  }

  private announceHeaders(fields: readonly Field[]): void {
    const ended = this.reader.isEmpty && this.isAtEnd()
    if (ended) this.finish()
    this.isAnnounced = true
    this.host.emit({ type: 'headers', id: this.id, fields, ended })
  }

  private onTrailers(fields: readonly Field[]): void {
    checkTrailers(fields)
    this.checkContentLength()
    this.phase = Phase.trailed
    this.host.emit({ type: 'trailers', id: this.id, fields })
  }

  private onEnd(): void {
    // RFC 9114 §7.1.
    if (this.inFrame || !this.reader.isAtBoundary)
      throw connectionError(H3ErrorCode.frameError, 'the stream ends inside a frame')
    if (this.phase === Phase.head) {
      // RFC 9114 §4.1.
      if (this.isServer) throw streamError(H3ErrorCode.requestIncomplete, 'no whole request came')
      throw malformed('the stream ends before a final response')
    }
    this.finish()
    this.host.emit({ type: 'ended', id: this.id })
  }

  private finish(): void {
    this.checkContentLength()
    this.phase = Phase.over
  }

  /** RFC 9114 §4.1.2. */
  private checkContentLength(): void {
    if (this.contentLength !== -1 && this.receivedLength !== this.contentLength)
      throw malformed('less content than content-length says')
  }
}

function unexpected(reason: string): Error {
  return connectionError(H3ErrorCode.frameUnexpected, reason)
}
