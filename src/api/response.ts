import { Writable } from 'node:stream'
import type { Field } from '../qpack/index.ts'
import { HIGH_WATER_MARK } from './body-reader.ts'
import { ownBytes } from './body-writer.ts'
import { argumentError, throwLater } from './errors.ts'
import { HeaderMap } from './header-map.ts'
import type { HeaderValue, OutgoingHeaders } from './headers.ts'
import { httpDate } from './http-date.ts'
import type { Http3ServerRequest } from './request.ts'
import type { ServerStream } from './server-stream.ts'
import type { SessionSocket } from './session-socket.ts'

const WRITABLE_OPTIONS = { highWaterMark: HIGH_WATER_MARK, decodeStrings: false }
const EMPTY = new Uint8Array(0)

type Callback = (error?: Error | null) => void
export type HeadersArgument = OutgoingHeaders | readonly (readonly [string, HeaderValue])[]

/**
 * A response: the shape of `http.ServerResponse`. Backpressure is real: `write` is called back when
 * the connection has room.
 *
 * A response that fails, also by `destroy(error)`, resets its stream. `error` is then emitted only if
 * somebody listens, as in node:http: no client can end a process by what it does or refuses.
 */
export class Http3ServerResponse extends Writable {
  statusCode = 200
  /** HTTP/3 has none: it is kept for programs that set it, and not sent. */
  statusMessage = ''
  /** Whether a `date` header is added. */
  sendDate = true
  headersSent = false
  readonly req: Http3ServerRequest
  readonly stream: ServerStream
  private readonly headers = new HeaderMap('response')
  private trailers: HeaderMap | undefined
  private bodyless = false
  /** `end` was called; with `onlyWrite`, before anything was written. */
  private ending = false
  private onlyWrite = false

  constructor(stream: ServerStream, request: Http3ServerRequest) {
    super(WRITABLE_OPTIONS)
    this.stream = stream
    this.req = request
  }

  get socket(): SessionSocket {
    return this.stream.session.socket
  }

  get connection(): SessionSocket {
    return this.stream.session.socket
  }

  get finished(): boolean {
    return this.ending
  }

  setHeader(name: string, value: HeaderValue): this {
    this.checkNotSent('set')
    this.headers.set(name, value)
    return this
  }

  /** All of a `Headers` or a `Map`; names that are set already are replaced. */
  setHeaders(headers: Headers | ReadonlyMap<string, HeaderValue>): this {
    this.checkNotSent('set')
    this.headers.setAll([...headers])
    return this
  }

  appendHeader(name: string, value: HeaderValue): this {
    this.checkNotSent('append')
    this.headers.append(name, value)
    return this
  }

  getHeader(name: string): HeaderValue | undefined {
    return this.headers.get(name)
  }

  getHeaderNames(): string[] {
    return this.headers.names()
  }

  /** A copy without a prototype. */
  getHeaders(): { [name: string]: HeaderValue } {
    return this.headers.toObject()
  }

  hasHeader(name: string): boolean {
    return this.headers.has(name)
  }

  removeHeader(name: string): void {
    this.checkNotSent('remove')
    this.headers.delete(name)
  }

  setTrailer(name: string, value: HeaderValue): void {
    this.trailers ??= new HeaderMap('trailers')
    this.trailers.set(name, value)
  }

  addTrailers(headers: HeadersArgument): void {
    this.trailers ??= new HeaderMap('trailers')
    this.trailers.setAll(headers)
  }

  /** Sets status and headers; they leave with the first bytes of the body, or with `flushHeaders`. */
  writeHead(status: number, headers?: HeadersArgument): this
  writeHead(status: number, statusMessage: string, headers?: HeadersArgument): this
  writeHead(status: number, second?: string | HeadersArgument, third?: HeadersArgument): this {
    this.checkNotSent('write')
    checkStatus(status)
    this.statusCode = status
    const headers = typeof second === 'string' ? third : second
    if (typeof second === 'string') this.statusMessage = second
    if (headers !== undefined) this.headers.setAll(headers)
    return this
  }

  flushHeaders(): void {
    if (this.headersSent || this.destroyed) return
    try {
      this.sendHead(false)
    } catch (error) {
      if (!isTooLarge(error)) throw error
      this.destroy(error as Error)
    }
  }

  /** 100: the client may send its body. */
  writeContinue(): void {
    this.writeInformation(100)
  }

  /** 103 (RFC 8297). `hints.link` is one link or several; other names are sent as they are. */
  writeEarlyHints(hints: OutgoingHeaders, callback?: () => void): void {
    this.writeInformation(103, hints)
    if (callback !== undefined) process.nextTick(callback)
  }

  /**
   * Any 1xx response but 101, which HTTP/3 does not have. False when it was not sent: the response has
   * begun, or the client does not accept that much.
   */
  writeInformation(status: number, headers?: OutgoingHeaders): boolean {
    if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101) {
      throw new RangeError(`${status} is not an informational status of HTTP/3`)
    }
    if (this.headersSent || this.destroyed) return false
    const fields: Field[] = [{ name: ':status', value: String(status) }]
    if (headers !== undefined) {
      const map = new HeaderMap('response')
      map.setAll(headers)
      map.pushTo(fields)
    }
    try {
      this.stream.sendInformational(fields)
      return true
    } catch (error) {
      if (!isTooLarge(error)) throw error
      return false
    }
  }

  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this
  override end(
    chunk?: unknown,
    encoding?: BufferEncoding | (() => void),
    callback?: () => void,
  ): this {
    if (!this.ending) {
      this.ending = true
      this.onlyWrite = !this.headersSent && this.writableLength === 0
    }
    return super.end(chunk, encoding as BufferEncoding, callback)
  }

  override _write(chunk: string | Uint8Array, encoding: BufferEncoding, callback: Callback): void {
    const { stream } = this
    const last = this.ending && this.writableLength === chunk.length
    const bytes = ownBytes(chunk, encoding)
    if (!this.headersSent) {
      if (this.onlyWrite) this.setLength(bytes.length)
      if (!this.trySendHead(callback)) return
    }
    if (this.bodyless || stream.sendOver) {
      callback()
      return
    }
    const end = last && this.trailers === undefined
    if (end) stream.sendOver = true
    stream.writer.send(bytes, end, callback)
  }

  override _final(callback: Callback): void {
    const { stream, trailers } = this
    if (!this.headersSent) {
      if (trailers === undefined) {
        this.setLength(0)
        this.bodyless = true
      }
      if (!this.trySendHead(callback)) return
    }
    if (!stream.sendOver) {
      if (trailers === undefined) {
        stream.sendOver = true
        stream.writer.send(EMPTY, true, callback)
        this.releaseRequest()
        return
      }
      const fields: Field[] = []
      trailers.pushTo(fields)
      stream.sendTrailers(fields)
    }
    this.releaseRequest()
    callback()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (!this.writableFinished) {
      this.stream.cancelResponse(error)
      this.req.destroy()
    }
    callback(this.listenerCount('error') > 0 ? error : null)
  }

  /** @internal Its handler failed: 500 without anything that was set, or a reset when it has begun. */
  failWith(error: Error): void {
    if (this.headersSent || this.writableEnded) {
      this.destroy(error)
      return
    }
    for (const name of this.headers.names()) this.headers.delete(name)
    this.trailers = undefined
    this.statusCode = 500
    this.end('Internal Server Error\n')
  }

  /** A handler that answered without a look at the body will not look any more. */
  private releaseRequest(): void {
    const { req } = this
    if (req.readableFlowing === null && !req.readableDidRead) req.destroy()
  }

  private setLength(length: number): void {
    const { statusCode } = this
    if (statusCode === 204 || statusCode === 304 || this.headers.has('content-length')) return
    if (this.trailers === undefined) this.headers.setLength(length)
  }

  /** A head that can't be sent fails the response; one that never could is thrown if nobody listens. */
  private trySendHead(callback: Callback): boolean {
    try {
      this.sendHead(this.bodyless)
      return true
    } catch (error) {
      if (!isTooLarge(error) && this.listenerCount('error') === 0) throwLater(error)
      callback(error as Error)
      return false
    }
  }

  private sendHead(end: boolean): void {
    const { statusCode } = this
    checkStatus(statusCode)
    this.headersSent = true
    if (this.req.method === 'HEAD' || statusCode === 204 || statusCode === 304) this.bodyless = true
    const fields: Field[] = [{ name: ':status', value: String(statusCode) }]
    this.headers.pushTo(fields)
    if (this.sendDate && !this.headers.has('date')) fields.push({ name: 'date', value: httpDate() })
    if (!this.stream.sendOver) this.stream.sendHeaders(fields, end || this.bodyless)
  }

  private checkNotSent(what: string): void {
    if (this.headersSent) {
      throw argumentError('ERR_HTTP_HEADERS_SENT', `Cannot ${what} headers after they are sent`)
    }
  }
}

/** The one reason not to send what is correct: the client's SETTINGS_MAX_FIELD_SECTION_SIZE. */
function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_HTTP3_FIELD_SECTION_TOO_LARGE'
}

function checkStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    throw Object.assign(new RangeError(`${status} is not the status of a final response`), {
      code: 'ERR_HTTP_INVALID_STATUS_CODE',
    })
  }
}
