import type { Field } from '../qpack/index.ts'
import type { StreamTransport } from '../quic/index.ts'
import { H3UsageError } from './errors.ts'
import { encodeDataHeader, encodeFrame, FrameType } from './frames.ts'
import {
  checkRequest,
  checkResponse,
  checkTrailers,
  fieldSectionSize,
  responseHasContent,
} from './message-validation.ts'

/** What a sender needs of its connection. */
export interface SenderHost {
  readonly transport: StreamTransport
  /** SETTINGS_MAX_FIELD_SECTION_SIZE of the peer. */
  readonly peerMaxFieldSectionSize: number
  /** A HEADERS frame. */
  encode(streamId: number, fields: readonly Field[]): Uint8Array
}

/** Payloads up to this length are copied behind their DATA header: cheaper than a second write. */
const COPY_LENGTH = 1024

const NOTHING = new Uint8Array(0)

type SendPhase = 'head' | 'content' | 'ended'

/** Our side of a request stream: holds what we send to the rules that we hold the peer to. */
export class MessageSender {
  /** Of the request on this stream, whoever sent it. */
  requestMethod = ''
  /** Whether `sendData` answered false and nobody has been told since that there is room. */
  isWaiting = false
  private readonly id: number
  private readonly host: SenderHost
  private phase: SendPhase = 'head'
  private hasContent = true
  private isTunnel = false

  constructor(id: number, host: SenderHost) {
    this.id = id
    this.host = host
  }

  get isEnded(): boolean {
    return this.phase === 'ended'
  }

  /** A request that {@link prepareRequest} has passed. */
  sendRequest(method: string, fields: readonly Field[], endStream: boolean): void {
    this.requestMethod = method
    this.isTunnel = method === 'CONNECT'
    this.phase = endStream ? 'ended' : 'content'
    this.writeFields(fields, endStream)
  }

  /** Throws `H3UsageError`. */
  sendResponse(fields: readonly Field[], endStream: boolean): void {
    if (this.phase === 'ended') return
    if (this.phase !== 'head')
      throw new H3UsageError('ERR_HTTP3_HEADERS_SENT', 'the response has been sent already')
    const { status } = legal(checkResponse, fields)
    if (status < 200)
      throw new H3UsageError('ERR_HTTP3_INVALID_STATUS', `${status} is not the final response`)
    this.checkSize(fields)
    this.hasContent = responseHasContent(this.requestMethod, status)
    this.isTunnel = this.requestMethod === 'CONNECT' && status < 300
    this.phase = endStream ? 'ended' : 'content'
    this.writeFields(fields, endStream)
  }

  /** A response of our own accord to a request that the application never sees. */
  sendRefusal(status: number): void {
    this.phase = 'ended'
    this.writeFields([{ name: ':status', value: String(status) }], true)
  }

  /** Throws `H3UsageError`. */
  sendInformational(fields: readonly Field[]): void {
    if (this.phase === 'ended') return
    if (this.phase !== 'head')
      throw new H3UsageError('ERR_HTTP3_HEADERS_SENT', 'the final response has been sent already')
    const { status } = legal(checkResponse, fields)
    if (status >= 200)
      throw new H3UsageError('ERR_HTTP3_INVALID_STATUS', `${status} is not an interim response`)
    this.checkSize(fields)
    this.writeFields(fields, false)
  }

  /** False: wait for room before more. Throws `H3UsageError`. */
  sendData(bytes: Uint8Array, endStream: boolean): boolean {
    if (this.phase === 'ended') return true
    if (this.phase === 'head')
      throw new H3UsageError('ERR_HTTP3_HEADERS_NOT_SENT', 'the response comes before its body')
    if (bytes.length > 0 && !this.hasContent)
      throw new H3UsageError('ERR_HTTP3_BODY_NOT_ALLOWED', 'this response can have no body')
    if (endStream) this.phase = 'ended'
    // Behind the end there is nothing to wait with.
    const mayGoOn = this.writeData(bytes, endStream) || endStream
    // Whoever goes on without waiting, and meets room, is still owed the word that there is.
    if (endStream) this.isWaiting = false
    else if (!mayGoOn) this.isWaiting = true
    return mayGoOn
  }

  /** Ends the message. Throws `H3UsageError`. */
  sendTrailers(fields: readonly Field[]): void {
    if (this.phase === 'ended') return
    if (this.phase === 'head')
      throw new H3UsageError('ERR_HTTP3_HEADERS_NOT_SENT', 'the response comes before its trailers')
    if (this.isTunnel)
      throw new H3UsageError('ERR_HTTP3_TRAILERS_NOT_ALLOWED', 'CONNECT has no trailers')
    legal(checkTrailers, fields)
    this.checkSize(fields)
    this.phase = 'ended'
    this.writeFields(fields, true)
  }

  /** The stream has been reset, by us or because the peer asked for it. */
  abandon(): void {
    this.phase = 'ended'
    this.isWaiting = false
  }

  private checkSize(fields: readonly Field[]): void {
    checkSize(fields, this.host.peerMaxFieldSectionSize)
  }

  private writeFields(fields: readonly Field[], endStream: boolean): void {
    this.host.transport.write(this.id, this.host.encode(this.id, fields), endStream)
  }

  private writeData(bytes: Uint8Array, endStream: boolean): boolean {
    const { transport } = this.host
    if (bytes.length === 0) return !endStream || transport.write(this.id, NOTHING, true)
    if (bytes.length <= COPY_LENGTH)
      return transport.write(this.id, encodeFrame(FrameType.data, bytes), endStream)
    transport.write(this.id, encodeDataHeader(bytes.length), false)
    return transport.write(this.id, bytes, endStream)
  }
}

/** The request's method. Throws `H3UsageError` when the request must not be sent. */
export function prepareRequest(fields: readonly Field[], maxFieldSectionSize: number): string {
  const { method } = legal(checkRequest, fields)
  checkSize(fields, maxFieldSectionSize)
  return method
}

/** RFC 9114 §4.2.2: the peer would refuse it. */
function checkSize(fields: readonly Field[], max: number): void {
  if (max === Number.MAX_SAFE_INTEGER) return
  const size = fieldSectionSize(fields)
  if (size > max)
    throw new H3UsageError(
      'ERR_HTTP3_FIELD_SECTION_TOO_LARGE',
      `the fields take ${size} bytes, the peer accepts ${max}`,
    )
}

/** Judges our own fields as we would the peer's (RFC 9114 §4.1.2). */
function legal<T>(check: (fields: readonly Field[]) => T, fields: readonly Field[]): T {
  try {
    return check(fields)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new H3UsageError('ERR_HTTP3_INVALID_HEADER', reason)
  }
}
