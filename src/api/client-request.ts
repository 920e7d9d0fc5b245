import type { Field } from '../qpack/index.ts'
import { BodyReader, HIGH_WATER_MARK } from './body-reader.ts'
import { BodyWriter, ownBytes } from './body-writer.ts'
import type { ConnectionPump, MessageStream } from './connection-pump.ts'
import { abortError, streamError } from './errors.ts'
import { HeaderMap } from './header-map.ts'
import {
  type OutgoingHeaders,
  type ResponseHeaders,
  toHeaders,
  toResponseHeaders,
} from './headers.ts'
import { RequestDuplex } from './request-events.ts'

const INTERNAL_ERROR = 0x102
const REQUEST_CANCELLED = 0x10c
const EMPTY = new Uint8Array(0)
const DUPLEX_OPTIONS = { highWaterMark: HIGH_WATER_MARK, decodeStrings: false }
const BODYLESS_OPTIONS = { ...DUPLEX_OPTIONS, writable: false }

type Callback = (error?: Error | null) => void

/** The session that a request is made on. */
export interface RequestOwner {
  /** The request is over, or will not be sent any more; called once. */
  requestGone(): void
}

/**
 * A request on a client: a Duplex. What is written to it is the request's body, what is read from it
 * the response's; each holds the other side back when it is not read.
 *
 * Events besides those of a Duplex: `response` and `informational` (headers with a numeric
 * `:status`), `trailers` (headers, before `end`).
 */
export class Http3ClientRequest extends RequestDuplex implements MessageStream {
  /** The stream's id; undefined until the request was sent. */
  id: number | undefined
  /** Set by `response`. */
  responseHeaders: ResponseHeaders | undefined
  readonly fields: readonly Field[]
  readonly hasBody: boolean
  private readonly owner: RequestOwner
  private readonly signal: AbortSignal | undefined
  private abortListener: (() => void) | undefined
  private trailers: HeaderMap | undefined
  private pump: ConnectionPump | undefined
  private reader: BodyReader | undefined
  private writer: BodyWriter | undefined
  private reading = false
  private ending = false
  private sendOver: boolean
  private receiveOver = false
  private gone = false
  /** A write, or the end, that came before the stream was open. */
  private held: (() => void) | undefined

  constructor(
    owner: RequestOwner,
    fields: readonly Field[],
    hasBody: boolean,
    signal: AbortSignal | undefined,
  ) {
    super(hasBody ? DUPLEX_OPTIONS : BODYLESS_OPTIONS)
    this.owner = owner
    this.fields = fields
    this.hasBody = hasBody
    this.sendOver = !hasBody
    this.signal = signal
    if (signal?.aborted) this.destroy(abortError(signal))
    else if (signal !== undefined) {
      this.abortListener = () => this.destroy(abortError(signal))
      signal.addEventListener('abort', this.abortListener, { once: true })
    }
  }

  /** Sends trailers instead of the bare end. To be called before `end`. */
  setTrailers(headers: OutgoingHeaders): void {
    this.trailers ??= new HeaderMap('trailers')
    this.trailers.setAll(headers)
  }

  /** Gives the request up; the server is told `code` (default H3_REQUEST_CANCELLED). No error is emitted. */
  close(code: number = REQUEST_CANCELLED): void {
    this.cancel(code)
    this.destroy()
  }

  /** @internal The request's header section was sent on stream `id`. */
  open(pump: ConnectionPump, id: number): void {
    this.id = id
    this.pump = pump
    this.reader = new BodyReader(this, pump, id)
    this.writer = new BodyWriter(pump, id)
    pump.streams.set(id, this)
    if (this.reading) this.reader.want()
    const { held } = this
    this.held = undefined
    held?.()
  }

  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding?: BufferEncoding, callback?: () => void): this
  override end(
    chunk?: unknown,
    encoding?: BufferEncoding | (() => void),
    callback?: () => void,
  ): this {
    this.ending = true
    return super.end(chunk, encoding as BufferEncoding, callback)
  }

  override _read(): void {
    this.reading = true
    this.reader?.want()
  }

  override _write(chunk: string | Uint8Array, encoding: BufferEncoding, callback: Callback): void {
    const { writer } = this
    if (writer === undefined) {
      this.held = () => this._write(chunk, encoding, callback)
      return
    }
    const end = this.ending && this.trailers === undefined && this.writableLength === chunk.length
    if (end) this.sendOver = true
    writer.send(ownBytes(chunk, encoding), end, callback)
  }

  override _final(callback: Callback): void {
    const { writer, pump, id, trailers } = this
    if (this.sendOver) {
      callback()
      return
    }
    if (writer === undefined || pump === undefined || id === undefined) {
      this.held = () => this._final(callback)
      return
    }
    this.sendOver = true
    if (trailers === undefined) {
      writer.send(EMPTY, true, callback)
      return
    }
    const fields: Field[] = []
    trailers.pushTo(fields)
    pump.h3.sendTrailers(id, fields)
    pump.touch()
    callback()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (this.abortListener !== undefined) {
      this.signal?.removeEventListener('abort', this.abortListener)
    }
    this.held = undefined
    this.cancel(error === null || error.name === 'AbortError' ? REQUEST_CANCELLED : INTERNAL_ERROR)
    callback(error)
  }

  onHeaders(fields: readonly Field[], ended: boolean): void {
    this.responseHeaders = toResponseHeaders(fields)
    try {
      this.emit('response', this.responseHeaders)
    } finally {
      if (ended) this.onEnded()
    }
  }

  onInformational(fields: readonly Field[]): void {
    this.emit('informational', toResponseHeaders(fields))
  }

  onBodyReadable(): void {
    this.reader?.onReadable()
  }

  onTrailers(fields: readonly Field[]): void {
    this.emit('trailers', toHeaders(fields))
  }

  onEnded(): void {
    this.receiveOver = true
    this.reader?.onEnded()
  }

  onWritable(): void {
    this.writer?.onWritable()
  }

  onAborted(errorCode: number, remote: boolean, reason: string): void {
    this.fail(streamError(errorCode, remote, reason))
  }

  /** The server has seen enough of the request; its response may still be whole (RFC 9114 §4.1.1). */
  onStopped(): void {
    this.sendOver = true
    this.writer?.abandon()
  }

  onClosed(): void {
    this.leave()
    this.sendOver = true
    if (!this.receiveOver) this.fail(streamError(REQUEST_CANCELLED, false, ''))
  }

  onSessionClosed(error: Error): void {
    this.leave()
    if (!this.receiveOver) this.fail(error)
    else {
      this.sendOver = true
      this.writer?.abandon()
    }
  }

  /** @internal The request can't be completed. */
  fail(error: Error): void {
    this.sendOver = true
    this.receiveOver = true
    this.writer?.abandon()
    this.destroy(error)
  }

  private leave(): void {
    if (this.gone) return
    this.gone = true
    this.owner.requestGone()
  }

  private cancel(code: number): void {
    const { pump, id } = this
    if (pump === undefined || id === undefined) {
      this.leave()
      return
    }
    if (!this.sendOver) {
      this.sendOver = true
      this.writer?.abandon()
      pump.h3.resetStream(id, code)
      pump.touch()
    }
    if (!this.receiveOver) {
      this.receiveOver = true
      pump.h3.stopReading(id, code)
      pump.touch()
    }
  }
}
