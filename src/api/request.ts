import { Readable } from 'node:stream'
import type { Field } from '../qpack/index.ts'
import { HIGH_WATER_MARK } from './body-reader.ts'
import { fieldValue, type IncomingHeaders, toHeaders, toRawHeaders } from './headers.ts'
import type { ServerStream } from './server-stream.ts'
import type { SessionSocket } from './session-socket.ts'

const READABLE_OPTIONS = { highWaterMark: HIGH_WATER_MARK }

/**
 * A request as a server sees it: the shape of `http.IncomingMessage`, with the body to read from it.
 * What is not read holds the client back.
 *
 * Emits `aborted` when the client gives up before the response is complete; `error` then only if
 * somebody listens to it, and `close` in every case, as in node:http.
 */
export class Http3ServerRequest extends Readable {
  readonly httpVersion = '3.0'
  readonly httpVersionMajor = 3
  readonly httpVersionMinor = 0
  /** As it came, and to be overwritten by routers. */
  method: string
  /** Path and query: `:path`. */
  url: string
  readonly authority: string
  readonly scheme: string
  readonly stream: ServerStream
  /** Whether the whole request, trailers included, has been received. */
  complete = false
  aborted = false
  /** Empty until the body has ended. */
  trailers: IncomingHeaders = Object.create(null)
  rawTrailers: string[] = []
  private readonly fields: readonly Field[]
  private headersObject: IncomingHeaders | undefined
  private abortController: AbortController | undefined

  constructor(stream: ServerStream, fields: readonly Field[]) {
    super(READABLE_OPTIONS)
    this.stream = stream
    this.fields = fields
    let method = ''
    let path = ''
    let scheme = ''
    let authority: string | undefined
    for (const { name, value } of fields) {
      if (name.charCodeAt(0) !== 0x3a /* : */) break
      if (name === ':method') method = value
      else if (name === ':path') path = value
      else if (name === ':scheme') scheme = value
      else if (name === ':authority') authority = value
    }
    this.method = method
    this.url = path
    this.scheme = scheme
    this.authority = authority ?? fieldValue(fields, 'host') ?? ''
  }

  /** Lower-case names, no pseudo-headers; `host` is there even if the client sent `:authority` alone. */
  get headers(): IncomingHeaders {
    if (this.headersObject === undefined) {
      this.headersObject = toHeaders(this.fields)
      this.headersObject.host ??= this.authority
    }
    return this.headersObject
  }

  get rawHeaders(): string[] {
    return toRawHeaders(this.fields)
  }

  get socket(): SessionSocket {
    return this.stream.session.socket
  }

  get connection(): SessionSocket {
    return this.stream.session.socket
  }

  /** Aborted when the client gives up or the connection ends before the response is complete. */
  get signal(): AbortSignal {
    this.abortController ??= new AbortController()
    return this.abortController.signal
  }

  override _read(): void {
    this.stream.reader.want()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.stream.cancelRequest()
    callback(error)
  }

  /** @internal */
  receiveTrailers(fields: readonly Field[]): void {
    this.trailers = toHeaders(fields)
    this.rawTrailers = toRawHeaders(fields)
  }

  /** @internal The client, or the connection, is gone. */
  abort(error: Error): void {
    if (!this.stream.response.writableFinished) this.abortController?.abort(error)
    if (this.destroyed) return
    this.aborted = true
    this.emit('aborted')
    this.destroy(this.listenerCount('error') > 0 ? error : undefined)
  }
}
