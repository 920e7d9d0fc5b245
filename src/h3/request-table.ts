import { type Deque, IdMap } from '../bytes/index.ts'
import { type Field, FieldSectionTooLargeError } from '../qpack/index.ts'
import type { ConnectionEvent, StreamTransport } from '../quic/index.ts'
import { connectionError, H3Error, H3ErrorCode } from './errors.ts'
import type { H3Event } from './events.ts'
import { FIELD_SECTION_SLACK, MAX_GATHERED_SECTIONS, MAX_LINGERING_REQUESTS } from './limits.ts'
import type { LoadGuard } from './load-guard.ts'
import { MessageSender, type SenderHost } from './message-sender.ts'
import type { QpackStreams } from './qpack-streams.ts'
import { type RequestHost, RequestStream } from './request-stream.ts'

/** An event of one stream. */
export type StreamEvent = Extract<ConnectionEvent, { readonly id: number }>

/**
 * The requests of a connection, each from its first byte to its last event. Errors of a single stream
 * end here; those of the connection are thrown on.
 */
export class RequestTable implements RequestHost, SenderHost {
  readonly transport: StreamTransport
  readonly maxSectionLength: number
  /** SETTINGS_MAX_FIELD_SECTION_SIZE of the peer; 2^53-1 while it has not said. */
  peerMaxFieldSectionSize = Number.MAX_SAFE_INTEGER
  /** As a server: the lowest request id that has not come yet. */
  nextRequestId = 0
  /** As a server: requests from this id on are refused. */
  refusedFrom = Number.POSITIVE_INFINITY
  private readonly isServer: boolean
  private readonly events: Deque<H3Event>
  private readonly qpack: QpackStreams
  private readonly guard: LoadGuard
  private readonly streams = new IdMap<RequestStream>()
  /** How many streams the transport has let go of while their end is still unread. */
  private lingering = 0
  /** Bytes of all field sections that are not whole yet. */
  private gathered = 0

  constructor(
    transport: StreamTransport,
    events: Deque<H3Event>,
    qpack: QpackStreams,
    guard: LoadGuard,
    maxFieldSectionSize: number,
  ) {
    this.transport = transport
    this.isServer = transport.role === 'server'
    this.events = events
    this.qpack = qpack
    this.guard = guard
    this.maxSectionLength = maxFieldSectionSize + FIELD_SECTION_SLACK
  }

  get size(): number {
    return this.streams.size
  }

  senderOf(id: number): MessageSender | undefined {
    return this.streams.get(id)?.sender
  }

  /** A request of ours that has been checked; undefined when the peer allows no more streams. */
  open(method: string, fields: readonly Field[], endStream: boolean): number | undefined {
    const id = this.transport.openStream('bidi')
    if (id === undefined) return undefined
    const stream = this.add(id)
    stream.sender.sendRequest(method, fields, endStream)
    return id
  }

  onEvent(event: StreamEvent): void {
    if (event.type === 'streamOpened') {
      this.onOpened(event.id)
      return
    }
    const stream = this.streams.get(event.id)
    if (stream === undefined) return
    switch (event.type) {
      case 'streamReadable':
        this.read(stream, undefined, false)
        return
      case 'streamWritable':
        if (!stream.sender.isWaiting) return
        stream.sender.isWaiting = false
        this.emit({ type: 'writable', id: event.id })
        return
      case 'streamReset':
        this.onReset(stream, event.errorCode)
        return
      case 'streamStopped':
        stream.sender.abandon()
        if (stream.isAnnounced)
          this.emit({ type: 'stopped', id: event.id, errorCode: event.errorCode })
        if (this.isServer) this.guard.cancelledRequest()
        return
      case 'streamClosed':
        stream.isDetached = true
        stream.sender.abandon()
        this.lingering++
        this.read(stream, undefined, false)
    }
  }

  readBody(id: number): Uint8Array | undefined {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.isOver) return undefined
    return this.read(stream, undefined, true)
  }

  resetStream(id: number, errorCode: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    stream.sender.abandon()
    if (!stream.isDetached) this.transport.reset(id, errorCode)
  }

  stopReading(id: number, errorCode: number): void {
    const stream = this.streams.get(id)
    if (stream === undefined || stream.isOver) return
    this.abandonReading(stream)
    if (!stream.isDetached) this.transport.stopSending(id, errorCode)
    this.forgetIfDone(stream)
  }

  /** Refuses requests that began before `deadline` and are not known to the application yet. */
  expire(deadline: number): void {
    for (const stream of this.streams.values()) {
      if (!stream.isAnnounced && !stream.isOver && stream.startedAt < deadline)
        this.refuse(stream, 408)
    }
  }

  /** Goes on with the messages that waited for the QPACK encoder stream. */
  resumeUnblocked(): void {
    while (this.resumeNext());
  }

  /** As a client: the server has not processed these, they may be sent again (RFC 9114 §5.2). */
  onRefusedFrom(id: number): void {
    for (const stream of this.streams.values()) {
      if (stream.id < id || stream.isOver) continue
      this.cancel(stream, H3ErrorCode.requestCancelled, true)
      this.emitAborted(stream, H3ErrorCode.requestRejected, true, 'refused by GOAWAY')
      this.forgetIfDone(stream)
    }
  }

  emit(event: H3Event): void {
    this.events.push(event)
  }

  glitch(): void {
    this.guard.glitch()
  }

  onGathered(change: number): void {
    this.gathered += change
    if (this.gathered > MAX_GATHERED_SECTIONS)
      throw connectionError(H3ErrorCode.excessiveLoad, 'too many field sections in pieces')
  }

  encode(streamId: number, fields: readonly Field[]): Uint8Array {
    return this.qpack.encode(streamId, fields)
  }

  decode(streamId: number, section: Uint8Array): readonly Field[] | undefined {
    return this.qpack.decoder.decode(streamId, section)
  }

  private add(id: number): RequestStream {
    const stream = new RequestStream(id, this, new MessageSender(id, this), this.guard.now)
    this.streams.set(id, stream)
    return stream
  }

  private onOpened(id: number): void {
    if ((id & 1) === 1)
      // RFC 9114 §6.1.
      throw connectionError(H3ErrorCode.streamCreationError, 'a bidirectional stream from a server')
    if (id >= this.refusedFrom || this.lingering >= MAX_LINGERING_REQUESTS) {
      this.transport.stopSending(id, H3ErrorCode.requestRejected)
      this.transport.reset(id, H3ErrorCode.requestRejected)
      this.guard.cancelledRequest()
      return
    }
    this.nextRequestId = id + 4
    this.add(id)
  }

  private onReset(stream: RequestStream, errorCode: number): void {
    if (stream.isOver) return
    // RFC 9114 §4.1.1: rejected is what no application has seen.
    const answer = stream.isAnnounced ? H3ErrorCode.requestCancelled : H3ErrorCode.requestRejected
    this.cancel(stream, answer, false)
    this.emitAborted(stream, errorCode, true, 'reset by the peer')
    if (this.isServer) this.guard.cancelledRequest()
  }

  private resumeNext(): boolean {
    try {
      const unblocked = this.qpack.decoder.takeUnblocked()
      if (unblocked === undefined) return false
      const stream = this.streams.get(unblocked.streamId)
      if (stream !== undefined) this.read(stream, unblocked.fields, false)
    } catch (error) {
      if (!(error instanceof FieldSectionTooLargeError)) throw error
      const stream = this.streams.get(error.streamId)
      if (stream !== undefined) this.onStreamError(stream, error)
    }
    return true
  }

  /** Every way into a stream's reading, so that its errors are met at one place. */
  private read(
    stream: RequestStream,
    fields: readonly Field[] | undefined,
    wantsBody: boolean,
  ): Uint8Array | undefined {
    let bytes: Uint8Array | undefined
    try {
      if (fields !== undefined) stream.resume(fields)
      else if (wantsBody) bytes = stream.readBody()
      else stream.advance()
    } catch (error) {
      this.onStreamError(stream, error)
    }
    this.forgetIfDone(stream)
    return bytes
  }

  private onStreamError(stream: RequestStream, error: unknown): void {
    if (error instanceof FieldSectionTooLargeError) {
      if (this.isServer && !stream.isAnnounced) this.refuse(stream, 431)
      else this.abort(stream, H3ErrorCode.excessiveLoad, error.message)
    } else if (error instanceof H3Error && error.scope === 'stream') {
      this.abort(stream, error.code, error.message)
    } else {
      throw error
    }
    if (this.isServer) this.guard.cancelledRequest()
  }

  /** RFC 9114 §4.1: who answers early asks for the rest with H3_NO_ERROR. */
  private refuse(stream: RequestStream, status: number): void {
    stream.sender.sendRefusal(status)
    this.abandonReading(stream)
    if (!stream.isDetached) this.transport.stopSending(stream.id, H3ErrorCode.noError)
  }

  private abort(stream: RequestStream, errorCode: number, reason: string): void {
    this.cancel(stream, errorCode, true)
    this.emitAborted(stream, errorCode, false, reason)
  }

  /**
   * Ends both directions as far as they are still open. A message that we have sent whole is left
   * alone: the peer may need it.
   */
  private cancel(stream: RequestStream, errorCode: number, stop: boolean): void {
    if (!stream.isOver) {
      this.abandonReading(stream)
      if (stop && !stream.isDetached) this.transport.stopSending(stream.id, errorCode)
    }
    if (!stream.sender.isEnded) {
      stream.sender.abandon()
      if (!stream.isDetached) this.transport.reset(stream.id, errorCode)
    }
  }

  /** RFC 9204 §2.2.2.2: the encoder has to know that a stream's sections will not be read. */
  private abandonReading(stream: RequestStream): void {
    stream.abandon()
    this.qpack.decoder.cancelStream(stream.id)
  }

  private emitAborted(
    stream: RequestStream,
    errorCode: number,
    remote: boolean,
    reason: string,
  ): void {
    if (stream.isAnnounced) this.emit({ type: 'aborted', id: stream.id, errorCode, remote, reason })
  }

  private forgetIfDone(stream: RequestStream): void {
    if (!stream.isDetached || !stream.isOver || !this.streams.delete(stream.id)) return
    this.lingering--
    if (stream.isAnnounced) this.emit({ type: 'closed', id: stream.id })
  }
}
