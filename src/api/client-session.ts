import { EventEmitter } from 'node:events'
import { Deque } from '../bytes/index.ts'
import { completeH3Options, type H3Options } from '../h3/index.ts'
import {
  type CloseInfo,
  checkTransportConfig,
  type SocketAddress,
  type TransportConfig,
} from '../quic/index.ts'
import type { UdpKind } from '../reactor/index.ts'
import { ClientAttempt, type ClientAttemptListener } from './client-attempt.ts'
import { Http3ClientRequest, type RequestOwner } from './client-request.ts'
import { ClientTls, type ClientTlsOptions } from './client-tls.ts'
import type { ConnectionPump, PumpOwner } from './connection-pump.ts'
import { type AttemptListener, Dialer } from './dial.ts'
import type { EndpointHost } from './endpoint-host.ts'
import { abortError, argumentError, connectionError, QuicError, throwLater } from './errors.ts'
import type { OutgoingHeaders } from './headers.ts'
import { udpOf } from './option-checks.ts'
import { pseudoHeader, requestFields } from './request-fields.ts'
import { isClean } from './server-session.ts'
import { type ConnectionFacts, SessionSocket } from './session-socket.ts'

export interface ClientOptions extends ClientTlsOptions {
  /** Aborts the connection, its requests included. */
  readonly signal?: AbortSignal
  /** Makes `keylog` events even if nobody listens when the connection begins. */
  readonly keylog?: boolean
  /**
   * What moves datagrams: `dgram` is node:dgram; `ffi`, on Linux with Node 26, sends and receives many in
   * one call of the system. Where that does not work, binding fails with `ERR_QUIC_UDP_UNAVAILABLE`.
   * Default `auto`: ffi where it works, else dgram.
   */
  readonly udp?: UdpKind
  readonly transport?: Partial<TransportConfig>
  readonly http3?: Partial<H3Options>
}

export interface RequestOptions {
  /** No body follows. Default: true for GET, HEAD and DELETE, else false. */
  readonly endStream?: boolean
  readonly signal?: AbortSignal
}

/** How many requests may wait for the connection, or for the server to allow more streams. */
const MAX_QUEUED_REQUESTS = 100_000

export interface SessionEvents {
  connect: []
  goaway: []
  idle: []
  keylog: [line: Buffer]
  error: [error: Error]
  close: []
}

/**
 * A client's connection to one origin, in the shape of `http2.ClientHttp2Session`. Requests may be
 * made at once: they wait for the handshake and for the server's stream limit.
 *
 * Events: `connect`; `goaway` (the server takes no more requests); `keylog` (line as a Buffer with
 * its line end); `idle` (no request is left); `error`, unless a request was there to tell it to;
 * `close`.
 */
export class ClientSession
  extends EventEmitter<SessionEvents>
  implements
    PumpOwner,
    RequestOwner,
    ConnectionFacts,
    ClientAttemptListener,
    AttemptListener<ClientAttempt>,
    AsyncDisposable
{
  readonly origin: URL
  readonly socket: SessionSocket
  connected = false
  closed = false
  /** Requests that are queued or in progress. */
  activeRequests = 0
  private readonly options: ClientOptions
  private readonly h3Options: H3Options
  private readonly tls: ClientTls
  private readonly udp: UdpKind
  private readonly dialer: Dialer<ClientAttempt>
  private readonly queue = new Deque<Http3ClientRequest>()
  private host: EndpointHost | undefined
  private pump: ConnectionPump | undefined
  private closing = false
  private goawayReceived = false
  private unreferenced = false
  private failure: Error | undefined
  private keepsKeyLog = false
  private markEnded: (() => void) | undefined
  /** Fulfilled when `close` has been emitted. */
  private readonly ended = new Promise<void>((resolve) => {
    this.markEnded = resolve
  })

  /** Use `connect`. */
  constructor(origin: URL, options: ClientOptions) {
    super()
    if (origin.protocol !== 'https:') {
      throw argumentError(
        'ERR_INVALID_PROTOCOL',
        `HTTP/3 needs an https: URL, not ${origin.protocol}`,
      )
    }
    checkTransportConfig(options.transport ?? {})
    this.h3Options = completeH3Options(options.http3)
    this.udp = udpOf(options.udp)
    this.origin = origin
    this.options = options
    this.tls = new ClientTls(origin.hostname, options)
    this.socket = new SessionSocket(this)
    this.dialer = new Dialer(this, origin.port === '' ? 443 : Number(origin.port))
    // Listeners are added after `connect` has returned.
    process.nextTick(() => this.begin())
  }

  get connecting(): boolean {
    return !this.connected && !this.closed
  }

  get destroyed(): boolean {
    return this.closed
  }

  /** Whether a request may be made. */
  get usable(): boolean {
    return !this.closed && !this.closing && !this.goawayReceived
  }

  get authorized(): boolean {
    return this.connected && this.tls.authorizationError === undefined
  }

  get authorizationError(): Error | undefined {
    return this.tls.authorizationError
  }

  get serverName(): string {
    return this.tls.serverName
  }

  get remote(): SocketAddress {
    return this.connectedPump.connection.remote
  }

  get local(): SocketAddress {
    return this.connectedPump.connection.local
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.pump?.connection.tlsInfo?.peerCertificates[0]
  }

  /** Counters of the connection: bytes, packets, round-trip times in milliseconds. */
  get stats(): ConnectionPump['connection']['stats'] {
    return this.connectedPump.connection.stats
  }

  /**
   * Begins a request. Pseudo-headers have defaults: `:method` GET, `:path` /, `:scheme` https,
   * `:authority` the session's own. Throws on headers that can't be sent, and when the session is
   * closed.
   */
  request(headers: OutgoingHeaders = {}, options: RequestOptions = {}): Http3ClientRequest {
    if (!this.usable) {
      throw this.failure ?? new QuicError('ERR_HTTP3_SESSION_CLOSED', 'The session is closed')
    }
    const method = pseudoHeader(headers, ':method', 'GET')
    const hasBody = !(options.endStream ?? /^(?:GET|HEAD|DELETE)$/.test(method))
    const fields = requestFields(method, headers, this.origin.host)
    // RFC 9114 §5.1: a client keeps the connection open for as long as it waits for a response.
    if (this.activeRequests++ === 0) this.pump?.connection.keepAlive(true)
    const request = new Http3ClientRequest(this, fields, hasBody, options.signal)
    if (request.destroyed) return request
    try {
      if (this.queue.length > 0 || !this.send(request)) this.enqueue(request)
    } catch (error) {
      request.destroy()
      throw error
    }
    return request
  }

  /** Waits for the requests in progress and closes the connection. */
  close(callback?: () => void): Promise<void> {
    if (callback !== undefined) void this.ended.then(callback)
    this.closing = true
    this.closeIfIdle()
    return this.ended
  }

  /** Closes now; requests in progress fail with `error`. */
  destroy(error?: Error): void {
    if (this.closed) return
    if (this.pump !== undefined) {
      this.failure ??= error
      this.closing = true
      this.pump.close(error === undefined ? 0x100 : 0x102, '')
    } else {
      this.dialer.stop()
      const reason = error ?? new QuicError('ERR_HTTP3_SESSION_CLOSED', 'The session was closed')
      this.finish(reason, error !== undefined)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  ref(): void {
    this.unreferenced = false
    this.host?.ref()
  }

  /** Lets the process end though the connection is open. */
  unref(): void {
    this.unreferenced = true
    this.host?.unref()
  }

  attempt(remote: SocketAddress): Promise<ClientAttempt> {
    const config = {
      alpn: ['h3'],
      ...this.tls.config,
      transport: { ...this.options.transport, keyLog: this.keepsKeyLog },
    }
    return ClientAttempt.start(remote, config, this.tls.crypto, this.udp, this.h3Options, this)
  }

  attemptSucceeded(attempt: ClientAttempt): void {
    this.dialer.succeeded(attempt)
  }

  attemptFailed(attempt: ClientAttempt, error: Error): void {
    this.dialer.failed(attempt, error)
  }

  dialed({ pump, host }: ClientAttempt): void {
    this.pump = pump
    this.host = host
    pump.owner = this
    pump.connection.keepAlive(this.activeRequests > 0)
    this.connected = true
    if (this.unreferenced) host.unref()
    this.tell('connect')
    this.flush()
    this.closeIfIdle()
  }

  undialable(error: Error): void {
    this.finish(error, true)
  }

  onHandshakeComplete(): void {}

  onRequest(): void {}

  onRequestsAvailable(): void {
    this.flush()
  }

  onGoaway(): void {
    this.goawayReceived = true
    this.tell('goaway')
    this.rejectQueue(
      new QuicError(
        'ERR_HTTP3_REQUEST_REJECTED',
        'The server is going away; try another connection',
      ),
    )
    this.closeIfIdle()
  }

  onKeyLog(line: string): void {
    this.emit('keylog', Buffer.from(`${line}\n`, 'latin1'))
  }

  errorOf(info: CloseInfo): Error {
    return this.failure ?? connectionError(info)
  }

  onClosed(_pump: ConnectionPump, info: CloseInfo, cutOff: number): void {
    const wanted = this.closing || isClean(info)
    this.finish(this.errorOf(info), this.failure !== undefined || !wanted, cutOff)
  }

  requestGone(): void {
    if (--this.activeRequests > 0) return
    this.pump?.connection.keepAlive(false)
    this.tell('idle')
    this.closeIfIdle()
  }

  private begin(): void {
    const { signal } = this.options
    if (signal?.aborted) this.destroy(abortError(signal))
    if (this.closed) return
    signal?.addEventListener('abort', this.onAbort)
    this.keepsKeyLog = this.options.keylog === true || this.listenerCount('keylog') > 0
    void this.dialer.dial(this.origin.hostname)
  }

  private send(request: Http3ClientRequest): boolean {
    const { pump } = this
    if (pump === undefined) return false
    const id = pump.h3.request(request.fields, !request.hasBody)
    if (id === undefined) return false
    request.open(pump, id)
    pump.touch()
    return true
  }

  private enqueue(request: Http3ClientRequest): void {
    if (this.queue.length === MAX_QUEUED_REQUESTS) {
      throw new QuicError('ERR_HTTP3_TOO_MANY_REQUESTS', 'Too many requests are waiting')
    }
    this.queue.push(request)
  }

  private flush(): void {
    for (let request = this.queue.peek(); request !== undefined; request = this.queue.peek()) {
      if (!request.destroyed) {
        try {
          if (!this.send(request)) return
        } catch (error) {
          request.fail(error as Error)
        }
      }
      this.queue.shift()
    }
  }

  private closeIfIdle(): void {
    if ((this.closing || this.goawayReceived) && this.activeRequests === 0) {
      this.closing = true
      this.destroy()
    }
  }

  private rejectQueue(error: Error): number {
    let told = 0
    for (let request = this.queue.shift(); request !== undefined; request = this.queue.shift()) {
      if (request.destroyed) continue
      request.fail(error)
      told++
    }
    return told
  }

  /** @param told how many requests know of the error already */
  private finish(error: Error, isError: boolean, told = 0): void {
    if (this.closed) return
    this.closed = true
    this.failure ??= error
    const toldAll = told + this.rejectQueue(error)
    this.options.signal?.removeEventListener('abort', this.onAbort)
    const close = this.host?.close() ?? Promise.resolve()
    if (isError && (toldAll === 0 || this.listenerCount('error') > 0)) {
      process.nextTick(() => this.emit('error', error))
    }
    void close.then(() => {
      this.tell('close')
      this.markEnded?.()
    })
    this.socket.end()
  }

  private readonly onAbort = (): void => {
    const { signal } = this.options
    if (signal !== undefined) this.destroy(abortError(signal))
  }

  /** What a listener throws must not keep the session from what it has to do next. */
  private tell(event: 'connect' | 'goaway' | 'idle' | 'close'): void {
    try {
      this.emit(event)
    } catch (error) {
      throwLater(error)
    }
  }

  private get connectedPump(): ConnectionPump {
    if (this.pump === undefined) {
      throw new QuicError('ERR_INVALID_STATE', 'The session is not connected yet')
    }
    return this.pump
  }
}
