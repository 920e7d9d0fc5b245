import { Deque } from '../bytes/index.ts'
import { type Field, QpackError } from '../qpack/index.ts'
import type { ConnectionEvent, StreamTransport } from '../quic/index.ts'
import { type ControlHandler, ControlStream } from './control-stream.ts'
import { connectionError, H3Error, H3ErrorCode, H3UsageError } from './errors.ts'
import type { H3Event } from './events.ts'
import { Goaway } from './goaway.ts'
import { LoadGuard } from './load-guard.ts'
import { LocalStream } from './local-stream.ts'
import { prepareRequest } from './message-sender.ts'
import { defaultH3Options, type H3Options } from './options.ts'
import { QpackStreams } from './qpack-streams.ts'
import { RequestTable, type StreamEvent } from './request-table.ts'
import { encodeSettings, reservedIdentifier, SettingId } from './settings.ts'
import { type CriticalStreams, type CriticalType, StreamType, UniStreams } from './uni-streams.ts'

/**
 * HTTP/3 (RFC 9114) over the streams of one connection, client or server by the transport's role.
 *
 * Feed it every `ConnectionEvent` of the transport, then drain {@link poll}. It never calls back, and
 * whatever the peer sends, `receive` and `readBody` do not throw: errors of the connection close the
 * transport, errors of a stream end that stream and come out as `aborted`. The transport's own
 * `closed` event is the end of all requests that are open then; it is not repeated for each.
 *
 * Calls for a stream that is over do nothing. Misuse throws a `TypeError` with a `code`
 * (`ERR_HTTP3_*`), among it fields that RFC 9114 forbids (`ERR_HTTP3_INVALID_HEADER`).
 */
export class H3Connection implements CriticalStreams, ControlHandler {
  /** Why we closed the transport, if we did. */
  error: Error | undefined = undefined
  private readonly transport: StreamTransport
  private readonly isServer: boolean
  private readonly events = new Deque<H3Event>()
  private readonly guard = new LoadGuard()
  private readonly qpack: QpackStreams
  private readonly requests: RequestTable
  private readonly controlStream: LocalStream
  private readonly peerControlStream: ControlStream
  private readonly uniStreams: UniStreams
  private readonly goawayState: Goaway
  private isStarted = false
  private isClosed = false

  constructor(transport: StreamTransport, options: H3Options = defaultH3Options) {
    this.transport = transport
    this.isServer = transport.role === 'server'
    this.qpack = new QpackStreams(transport, options)
    this.requests = new RequestTable(
      transport,
      this.events,
      this.qpack,
      this.guard,
      options.maxFieldSectionSize,
    )
    this.controlStream = new LocalStream(transport, StreamType.control)
    this.controlStream.write(
      encodeSettings(
        new Map([
          [SettingId.qpackMaxTableCapacity, options.qpackMaxTableCapacity],
          [SettingId.maxFieldSectionSize, options.maxFieldSectionSize],
          [SettingId.qpackBlockedStreams, options.qpackBlockedStreams],
          // RFC 9114 §7.2.4.1: one that has no meaning.
          [reservedIdentifier(options.grease), 0],
        ]),
      ),
    )
    this.goawayState = new Goaway(transport.role)
    this.peerControlStream = new ControlStream(transport.role, this, this.guard)
    this.uniStreams = new UniStreams(transport, this.guard, this)
  }

  /**
   * Opens the control and the QPACK streams and sends SETTINGS: as soon as the transport takes data,
   * on a server before the handshake is complete. Streams that the peer does not allow yet are opened
   * on `streamsAvailable`.
   */
  start(): void {
    if (this.isStarted) return
    this.isStarted = true
    this.openLocalStreams()
  }

  /** @param now milliseconds of the transport's clock */
  receive(event: ConnectionEvent, now: number): void {
    if (this.isClosed) return
    this.guard.now = now
    try {
      this.dispatch(event)
      this.settle()
      if (this.qpack.isOverfull)
        throw connectionError(H3ErrorCode.excessiveLoad, 'no credit for the acknowledgements owed')
    } catch (error) {
      this.fail(error)
    }
  }

  /** The next event, or undefined when all have been drained. */
  poll(): H3Event | undefined {
    return this.events.shift()
  }

  /**
   * Sends a request and returns its stream id. Undefined when the peer's stream credit is used up
   * (`requestsAvailable` says when to try again) or when no request may be started any more: after
   * GOAWAY of either side or the end of the connection. Throws `TypeError` for illegal fields.
   */
  request(fields: readonly Field[], endStream: boolean): number | undefined {
    if (this.isServer) throw new H3UsageError('ERR_HTTP3_INVALID_ROLE', 'servers send no requests')
    const method = prepareRequest(fields, this.requests.peerMaxFieldSectionSize)
    if (this.isClosed || this.goawayState.isAny) return undefined
    return this.requests.open(method, fields, endStream)
  }

  /** The final response. Throws `TypeError` for illegal fields, or when there was one before. */
  sendHeaders(id: number, fields: readonly Field[], endStream: boolean): void {
    this.requests.senderOf(id)?.sendResponse(fields, endStream)
  }

  /** An interim (1xx) response. */
  sendInformational(id: number, fields: readonly Field[]): void {
    this.requests.senderOf(id)?.sendInformational(fields)
  }

  /**
   * A part of the body; the bytes are not changed afterwards. All of them are taken; false says to
   * wait for `writable` before more. True and nothing sent where the stream is over.
   */
  sendData(id: number, bytes: Uint8Array, endStream: boolean): boolean {
    return this.requests.senderOf(id)?.sendData(bytes, endStream) ?? true
  }

  /** Ends the message with trailers. */
  sendTrailers(id: number, fields: readonly Field[]): void {
    this.requests.senderOf(id)?.sendTrailers(fields)
  }

  /**
   * The next bytes of the message's body, or undefined when there are none now; more may be announced
   * by `bodyReadable`. The peer is held back by what is not read.
   */
  readBody(id: number): Uint8Array | undefined {
    if (this.error !== undefined) return undefined
    try {
      const bytes = this.requests.readBody(id)
      if (bytes === undefined) this.settle()
      return bytes
    } catch (error) {
      this.fail(error)
      return undefined
    }
  }

  /** Abandons what we send: RESET_STREAM. */
  resetStream(id: number, errorCode: number): void {
    this.requests.resetStream(id, errorCode)
  }

  /** Refuses the rest of what the peer sends: STOP_SENDING. A body that nobody reads needs it. */
  stopReading(id: number, errorCode: number): void {
    this.requests.stopReading(id, errorCode)
    this.settle()
  }

  /**
   * As a server: refuses with 408 the requests that began before `deadline`, on the clock of
   * `receive`, and whose header section is not here yet.
   */
  expireRequests(deadline: number): void {
    this.requests.expire(deadline)
    this.settle()
  }

  /**
   * Begins a graceful end. A server first gives notice and goes on taking requests; they are refused
   * once all open ones are over, or from a second call on. A client starts no request any more.
   */
  goaway(): void {
    this.start()
    if (this.goawayState.isStarted) this.finishGoaway()
    else this.controlStream.write(this.goawayState.start())
    this.settle()
  }

  /**
   * Whether the end has begun (by our GOAWAY, on a client also by the server's) and no request is
   * open: the connection may be closed with H3_NO_ERROR.
   */
  get isDrained(): boolean {
    const isEnding = this.isServer ? this.goawayState.isStarted : this.goawayState.isAny
    return isEnding && this.requests.size === 0
  }

  /** @internal */
  receiveCritical(type: CriticalType, bytes: Uint8Array): void {
    if (type === StreamType.control) this.peerControlStream.receive(bytes)
    else if (type === StreamType.qpackEncoder) this.receiveEncoderStream(bytes)
    else this.qpack.receiveDecoderStream(bytes)
  }

  /** @internal */
  onSettings(settings: ReadonlyMap<number, number>): void {
    this.requests.peerMaxFieldSectionSize =
      settings.get(SettingId.maxFieldSectionSize) ?? Number.MAX_SAFE_INTEGER
    this.qpack.onSettings(settings)
    this.events.push({ type: 'settings', settings })
  }

  /** @internal */
  onGoaway(id: number, isRequestId: boolean): void {
    this.goawayState.receive(id, isRequestId)
    this.events.push({ type: 'goaway', id })
    if (!this.isServer) this.requests.onRefusedFrom(id)
  }

  private openLocalStreams(): void {
    if (this.isStarted && this.controlStream.open()) this.qpack.open()
  }

  private dispatch(event: ConnectionEvent): void {
    switch (event.type) {
      case 'handshakeComplete':
        this.openLocalStreams()
        return
      case 'streamsAvailable':
        if (event.kind === 'uni') this.openLocalStreams()
        else if (!this.isServer && !this.goawayState.isAny)
          this.events.push({ type: 'requestsAvailable' })
        return
      case 'closed':
        this.isClosed = true
        return
      case 'handshakeConfirmed':
      case 'keyLog':
        return
      default:
        // RFC 9000 §2.1: the low bits of the id say the direction and who opened the stream.
        if ((event.id & 2) === 0) this.requests.onEvent(event)
        else if (((event.id & 1) === 1) === this.isServer) this.onLocalStream(event)
        else this.onPeerStream(event)
    }
  }

  /** Streams of ours live as long as the connection (RFC 9114 §6.2.1, RFC 9204 §4.2). */
  private onLocalStream(event: StreamEvent): void {
    if (event.type === 'streamStopped' || event.type === 'streamClosed')
      throw connectionError(H3ErrorCode.closedCriticalStream, 'the peer refuses a critical stream')
    if (event.type !== 'streamWritable') return
    if (event.id === this.controlStream.id) this.controlStream.onWritable()
    else this.qpack.onWritable(event.id)
  }

  private onPeerStream(event: StreamEvent): void {
    if (event.type === 'streamOpened') this.uniStreams.onOpened(event.id)
    else if (event.type === 'streamReadable') this.uniStreams.onReadable(event.id)
    else if (event.type === 'streamReset' || event.type === 'streamClosed')
      this.uniStreams.onEnd(event.id)
  }

  private receiveEncoderStream(bytes: Uint8Array): void {
    this.qpack.decoder.receiveEncoderStream(bytes)
    this.requests.resumeUnblocked()
  }

  /** What is owed once everything at hand has been read. */
  private settle(): void {
    this.qpack.flushDecoder()
    if (this.goawayState.isStarted && this.requests.size === 0) this.finishGoaway()
  }

  private finishGoaway(): void {
    const frame = this.goawayState.finish(this.requests.nextRequestId)
    if (frame === undefined) return
    this.requests.refusedFrom = this.goawayState.refusedFrom
    this.controlStream.write(frame)
  }

  /** The one end of all errors that concern the connection; anything unforeseen is ours. */
  private fail(error: unknown): void {
    this.isClosed = true
    this.error = error instanceof Error ? error : new Error(String(error))
    if (error instanceof H3Error || error instanceof QpackError)
      this.transport.close(error.code, error.message)
    else this.transport.close(H3ErrorCode.internalError, 'internal error')
  }
}
