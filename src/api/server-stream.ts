import type { Field } from '../qpack/index.ts'
import { BodyReader } from './body-reader.ts'
import { BodyWriter } from './body-writer.ts'
import type { MessageStream } from './connection-pump.ts'
import { streamError } from './errors.ts'
import type { MessageTransport, RequestSession } from './message-transport.ts'
import { Http3ServerRequest } from './request.ts'
import { Http3ServerResponse } from './response.ts'

const NO_ERROR = 0x100
const INTERNAL_ERROR = 0x102
const REQUEST_CANCELLED = 0x10c

/** One HTTP/3 stream on a server: joins a request and its response to what carries them. */
export class ServerStream implements MessageStream {
  readonly id: number
  readonly session: RequestSession
  private readonly transport: MessageTransport
  readonly request: Http3ServerRequest
  readonly response: Http3ServerResponse
  readonly reader: BodyReader
  readonly writer: BodyWriter
  /** When the request came, in milliseconds of `performance.now()`. */
  readonly startedAt = performance.now()
  /** Each side is over when nothing more will be received, or sent. */
  receiveOver: boolean
  sendOver = false
  /** Bytes that waited to be sent when somebody last looked, and since when it is that many. */
  private unsent = 0
  private unsentSince = 0

  constructor(
    session: RequestSession,
    transport: MessageTransport,
    id: number,
    fields: readonly Field[],
    ended: boolean,
  ) {
    this.id = id
    this.session = session
    this.transport = transport
    this.receiveOver = ended
    this.request = new Http3ServerRequest(this, fields)
    this.response = new Http3ServerResponse(this, this.request)
    this.reader = new BodyReader(this.request, transport, id)
    this.writer = new BodyWriter(transport, id)
    if (ended) this.onEnded()
  }

  sendHeaders(fields: readonly Field[], end: boolean): void {
    this.transport.h3.sendHeaders(this.id, fields, end)
    if (end) this.sendOver = true
    this.transport.touch()
  }

  sendInformational(fields: readonly Field[]): void {
    this.transport.h3.sendInformational(this.id, fields)
    this.transport.touch()
  }

  sendTrailers(fields: readonly Field[]): void {
    this.transport.h3.sendTrailers(this.id, fields)
    this.sendOver = true
    this.transport.touch()
  }

  /** The response was cut off by us. */
  cancelResponse(error: Error | null): void {
    if (this.sendOver) return
    this.sendOver = true
    this.writer.abandon()
    this.transport.h3.resetStream(this.id, error === null ? REQUEST_CANCELLED : INTERNAL_ERROR)
    this.transport.touch()
  }

  /** Nobody reads the rest of the request. Not an error: a response may still follow (RFC 9114 §4.1.1). */
  cancelRequest(): void {
    if (this.receiveOver) return
    this.receiveOver = true
    this.transport.h3.stopReading(this.id, NO_ERROR)
    this.transport.touch()
  }

  /** Whether nothing of a response that was ended has left since the deadline. */
  isStalled(unsent: number, deadline: number): boolean {
    if (unsent === 0 || unsent !== this.unsent) {
      this.unsent = unsent
      this.unsentSince = performance.now()
      return false
    }
    return this.unsentSince < deadline
  }

  /** Nobody takes the end of the response. */
  giveUp(): void {
    this.transport.h3.resetStream(this.id, REQUEST_CANCELLED)
    this.transport.touch()
  }

  /** The request takes too long to come. */
  timeOut(): void {
    if (this.response.headersSent) this.response.destroy()
    else {
      this.response.writeHead(408)
      this.response.end()
    }
    this.request.destroy()
  }

  onHeaders(): void {}

  onInformational(): void {}

  onBodyReadable(): void {
    this.reader.onReadable()
  }

  onTrailers(fields: readonly Field[]): void {
    this.request.receiveTrailers(fields)
  }

  onEnded(): void {
    this.receiveOver = true
    this.request.complete = true
    this.reader.onEnded()
  }

  onWritable(): void {
    this.writer.onWritable()
  }

  onAborted(errorCode: number, remote: boolean, reason: string): void {
    this.abort(streamError(errorCode, remote, reason))
  }

  onStopped(errorCode: number = REQUEST_CANCELLED): void {
    this.sendOver = true
    if (this.response.writableFinished) return
    try {
      this.request.abort(streamError(errorCode, true, ''))
    } finally {
      // First: who is told that there is room, and writes at once, must see that it is of no use.
      this.response.destroy()
      this.writer.abandon()
    }
  }

  onClosed(): void {
    this.receiveOver = true
    this.sendOver = true
  }

  onSessionClosed(error: Error): void {
    this.abort(error)
  }

  private abort(error: Error): void {
    this.receiveOver = true
    try {
      this.request.abort(error)
    } finally {
      // The client that gives up its request has no use for the response: RFC 9114 §4.1.1.
      if (!this.response.writableFinished) this.response.destroy()
      this.cancelResponse(null)
    }
  }
}
