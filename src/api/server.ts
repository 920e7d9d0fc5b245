import { EventEmitter } from 'node:events'
import { completeH3Options, type H3Options } from '../h3/index.ts'
import {
  type CloseInfo,
  type Connection,
  checkTransportConfig,
  type ServerConfig,
  type TransportConfig,
} from '../quic/index.ts'
import type { UdpKind } from '../reactor/index.ts'
import { type CryptoProvider, createClientVerifier, type PeerVerifier } from '../tls13/index.ts'
import { type AdmissionOptions, endpointLimits } from './admission-options.ts'
import { bindHost } from './bind-host.ts'
import { ConnectionPump } from './connection-pump.ts'
import type { EndpointHost, EndpointLimits, TurnListener } from './endpoint-host.ts'
import { abortError, argumentError, connectionError, throwLater } from './errors.ts'
import { checkAtLeast, checkOptions, cryptoOf, udpOf } from './option-checks.ts'
import type { Http3ServerRequest } from './request.ts'
import { Http3ServerResponse } from './response.ts'
import { isClean, ServerSession, type SessionListener } from './server-session.ts'
import type { ServerStream } from './server-stream.ts'
import { IdentityStore, type SecureContextOptions, type SniCallback } from './tls-identity.ts'
import { type Pem, trustStore } from './trust.ts'

/** How often, at least, requests and responses are looked at for having taken too long. */
const MAX_SWEEP_INTERVAL = 10_000

const DEFAULT_REQUEST_TIMEOUT = 300_000
const DEFAULT_WRITE_TIMEOUT = 120_000

export interface ServerOptions extends AdmissionOptions {
  /** The default certificate; without it `addContext` or `SNICallback` must supply some. */
  readonly key?: string | Uint8Array
  readonly cert?: Pem
  readonly SNICallback?: SniCallback
  /** Ask clients for a certificate. Default false. */
  readonly requestCert?: boolean
  /** With `requestCert`: refuse clients without a valid certificate. Default true. */
  readonly rejectUnauthorized?: boolean
  /** The authorities for client certificates, instead of those that Node trusts. */
  readonly ca?: Pem
  /** Who does the cryptography. Default: node:crypto; the other one is `nobleCrypto` of `tsquic/noble`. */
  readonly crypto?: CryptoProvider
  /** Makes `keylog` events even if nobody listens when `listen` is called. */
  readonly keylog?: boolean
  /** Milliseconds for a whole request to arrive; then 408. Default 300,000; 0 for no limit. */
  readonly requestTimeout?: number
  /** Milliseconds that a response may wait for its reader. Default 120,000; 0 for no limit. */
  readonly writeTimeout?: number
  /**
   * What moves datagrams: `dgram` is node:dgram; `ffi`, on Linux with Node 26, sends and receives many in
   * one call of the system. Where that does not work, binding fails with `ERR_QUIC_UDP_UNAVAILABLE`.
   * Default `auto`: ffi where it works, else dgram.
   */
  readonly udp?: UdpKind
  readonly transport?: Partial<TransportConfig>
  readonly http3?: Partial<H3Options>
}

export interface ListenOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Address or name to bind. Default `::`, which takes IPv4 too where the system allows it. */
  readonly host?: string
  /** Closes the server. */
  readonly signal?: AbortSignal
}

export type RequestListener = (request: Http3ServerRequest, response: Http3ServerResponse) => void

export interface ServerEvents {
  listening: []
  session: [session: ServerSession]
  request: [request: Http3ServerRequest, response: Http3ServerResponse]
  checkContinue: [request: Http3ServerRequest, response: Http3ServerResponse]
  sessionError: [error: Error, session: ServerSession]
  keylog: [line: Buffer, session: ServerSession]
  close: []
  error: [error: Error]
}

/**
 * An HTTP/3 server on one UDP port.
 *
 * Events: `listening`; `session` (a client's handshake is complete); `request` and `checkContinue`
 * (request, response); `sessionError` (error, session); `keylog` (line as a Buffer with its line end,
 * session); `close`; `error` (the socket could not be bound).
 *
 * What a listener throws is an uncaught exception, and what an async one rejects with an unhandled
 * rejection, as in node:http. With `events.captureRejections` a rejection is answered with 500.
 */
export class Http3Server
  extends EventEmitter<ServerEvents>
  implements SessionListener, AsyncDisposable
{
  private readonly options: ServerOptions
  private readonly crypto: CryptoProvider
  private readonly udp: UdpKind
  private readonly limits: EndpointLimits
  private readonly identities: IdentityStore
  private readonly sessions = new Set<ServerSession>()
  private verifyClient: PeerVerifier | undefined
  private host: EndpointHost | undefined
  /** Set as long as a port is, or is about to be, ours. */
  private binding: Promise<EndpointHost> | undefined
  private signal: AbortSignal | undefined
  private readonly onAbort = (): void => void this.close()
  private closing: Promise<void> | undefined
  private allSessionsClosed: (() => void) | undefined
  private readonly h3Options: H3Options
  private readonly requestTimeout: number
  private readonly writeTimeout: number
  private sweeper: NodeJS.Timeout | undefined
  private unreferenced = false
  listening = false

  constructor(options: ServerOptions, onRequest?: RequestListener) {
    super()
    checkOptions(options, 'a server')
    checkTransportConfig(options.transport ?? {})
    this.h3Options = completeH3Options(options.http3)
    this.options = options
    this.limits = endpointLimits(options)
    this.crypto = cryptoOf(options.crypto)
    this.udp = udpOf(options.udp)
    this.identities = new IdentityStore(this.crypto, options.SNICallback)
    this.requestTimeout = timeoutOf(options, 'requestTimeout', DEFAULT_REQUEST_TIMEOUT)
    this.writeTimeout = timeoutOf(options, 'writeTimeout', DEFAULT_WRITE_TIMEOUT)
    const { key, cert } = options
    if ((key === undefined) !== (cert === undefined)) {
      throw argumentError('ERR_INVALID_ARG_VALUE', 'A certificate needs both `key` and `cert`')
    }
    if (key !== undefined && cert !== undefined) this.identities.setDefault({ key, cert })
    if (onRequest !== undefined) this.on('request', onRequest)
  }

  /**
   * Binds the port. The promise rejects with Node's error (`EADDRINUSE`, `ERR_SOCKET_BAD_PORT`, …);
   * `listening` or `error` is emitted too.
   */
  listen(options?: ListenOptions, callback?: () => void): Promise<this>
  listen(port: number, callback?: () => void): Promise<this>
  listen(port: number, host: string, callback?: () => void): Promise<this>
  listen(
    first: ListenOptions | number = {},
    second?: string | (() => void),
    third?: () => void,
  ): Promise<this> {
    const options = typeof first === 'object' ? first : { port: first }
    const callback = typeof second === 'function' ? second : third
    if (callback !== undefined) this.once('listening', callback)
    const listening = this.bind(typeof second === 'string' ? { ...options, host: second } : options)
    // A user of events does not look at the promise; one of promises has no listeners.
    process.nextTick(() => {
      if (callback === undefined && this.listenerCount('error') === 0) return
      listening.catch((error) => this.emit('error', error))
    })
    return listening
  }

  /** Undefined until `listening`. */
  address(): { address: string; port: number; family: 'IPv4' | 'IPv6' } | null {
    if (this.host === undefined || !this.listening) return null
    const { address, port } = this.host.address
    return { address, port, family: address.includes(':') ? 'IPv6' : 'IPv4' }
  }

  /** How many connections there are. */
  get connections(): number {
    return this.sessions.size
  }

  /** Another certificate for a name, or for `*.name`. May be called at any time. */
  addContext(hostname: string, context: SecureContextOptions): void {
    this.identities.add(hostname, context)
  }

  /** Replaces the default certificate, for handshakes from now on. */
  setSecureContext(context: SecureContextOptions): void {
    this.identities.setDefault(context)
  }

  /**
   * Takes no new connections and requests (GOAWAY), waits for those in progress and closes the port.
   * `closeAllConnections` cuts the wait short.
   */
  close(callback?: (error?: Error) => void): Promise<void> {
    if (this.closing === undefined) {
      const { host, binding } = this
      if (binding === undefined) {
        const error = argumentError('ERR_SERVER_NOT_RUNNING', 'The server is not listening')
        if (callback === undefined) return Promise.reject(error)
        process.nextTick(callback, error)
        return Promise.resolve()
      }
      this.listening = false
      // What keeps the port from being bound is told by `listen`.
      this.closing =
        host === undefined
          ? binding.then((bound) => this.shutDown(bound), ignore)
          : this.shutDown(host)
    }
    if (callback !== undefined) this.closing.then(() => callback())
    return this.closing
  }

  /** Closes the connections on which no request is in progress. */
  closeIdleConnections(): void {
    for (const session of this.sessions) if (session.activeStreams === 0) session.close()
  }

  /** Closes all connections now; requests in progress fail. */
  closeAllConnections(): void {
    for (const session of this.sessions) session.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closing ?? (this.binding === undefined ? Promise.resolve() : this.close())
  }

  ref(): this {
    this.unreferenced = false
    this.host?.ref()
    return this
  }

  /** Lets the process end though the server listens. */
  unref(): this {
    this.unreferenced = true
    this.host?.unref()
    return this
  }

  /** @internal For `events.captureRejections`, as in node:http. */
  override [EventEmitter.captureRejectionSymbol](
    error: Error,
    _event: unknown,
    ...args: unknown[]
  ): void {
    const response = args[1]
    if (response instanceof Http3ServerResponse) response.failWith(error)
    else this.emit('error', error)
  }

  /** @internal */
  sessionReady(session: ServerSession): void {
    this.sessions.add(session)
    if (this.closing !== undefined) session.close()
    else this.emit('session', session)
  }

  /** @internal */
  sessionRequest({ request, response }: ServerStream): void {
    if (request.headers.expect?.toString().toLowerCase() === '100-continue') {
      if (this.emit('checkContinue', request, response)) return
      response.writeContinue()
    }
    if (!this.emit('request', request, response)) {
      response.writeHead(404)
      response.end()
    }
  }

  /** @internal */
  sessionKeyLog(line: string, session: ServerSession): void {
    this.emit('keylog', Buffer.from(`${line}\n`, 'latin1'), session)
  }

  /** @internal */
  sessionClosed(session: ServerSession, info: CloseInfo): void {
    this.sessions.delete(session)
    if (this.sessions.size === 0) this.allSessionsClosed?.()
    if (isClean(info)) return
    const { transport } = this.options
    this.emit('sessionError', connectionError(info, transport?.handshakeTimeout), session)
  }

  private async bind({ port = 0, host = '::', signal }: ListenOptions): Promise<this> {
    if (this.host !== undefined || this.listening) {
      throw argumentError('ERR_SERVER_ALREADY_LISTEN', 'The server is listening already')
    }
    if (this.identities.isEmpty) {
      throw argumentError(
        'ERR_QUIC_NO_CERTIFICATE',
        'An HTTP/3 server needs a certificate: give `key` and `cert`, or call addContext first',
      )
    }
    if (signal?.aborted) throw abortError(signal)
    const config = this.serverConfig()
    this.listening = true
    this.binding = bindHost(host, port, this.crypto, this.limits, this.udp)
    try {
      const endpointHost = await this.binding
      if (signal?.aborted) {
        await endpointHost.close()
        throw abortError(signal)
      }
      this.host = endpointHost
      endpointHost.accept = (connection) => this.accept(endpointHost, connection)
      endpointHost.turns = this.turns
      endpointHost.endpoint.listen(config)
      if (this.unreferenced) endpointHost.unref()
    } catch (error) {
      this.listening = false
      this.binding = undefined
      throw error
    }
    this.signal = signal
    signal?.addEventListener('abort', this.onAbort)
    const { requestTimeout, writeTimeout } = this
    const interval = Math.min(MAX_SWEEP_INTERVAL, requestTimeout / 2, writeTimeout / 2)
    this.sweeper = setInterval(() => this.sweep(), interval)
    this.sweeper.unref()
    this.announce()
    return this
  }

  /** What a listener throws is an uncaught exception: the port is bound all the same. */
  private announce(): void {
    try {
      this.emit('listening')
    } catch (error) {
      throwLater(error)
    }
  }

  private serverConfig(): ServerConfig {
    const { options } = this
    const config: ServerConfig = {
      alpn: ['h3'],
      selectIdentity: (serverName) => this.identities.select(serverName),
      transport: {
        ...options.transport,
        keyLog: options.keylog === true || this.listenerCount('keylog') > 0,
      },
    }
    if (options.requestCert !== true) return config
    this.verifyClient = createClientVerifier({
      crypto: this.crypto,
      trust: trustStore(options.ca),
      unixTime: Date.now,
    })
    return options.rejectUnauthorized === false
      ? { ...config, clientCertificate: 'request', verifyPeer: acceptAny }
      : { ...config, clientCertificate: 'require', verifyPeer: this.verifyClient }
  }

  /** @internal For servers that make more of a session. */
  protected createSession(verifyClient: PeerVerifier | undefined): ServerSession {
    return new ServerSession(this, verifyClient)
  }

  /** @internal For servers that gather the events of a turn. */
  protected get turns(): TurnListener | undefined {
    return undefined
  }

  private accept(host: EndpointHost, connection: Connection): ConnectionPump {
    const session = this.createSession(this.verifyClient)
    const pump = new ConnectionPump(connection, host, session, this.h3Options)
    session.attach(pump)
    return pump
  }

  private sweep(): void {
    const now = performance.now()
    const { requestTimeout, writeTimeout } = this
    for (const session of this.sessions) session.expire(now - requestTimeout, now - writeTimeout)
  }

  private async shutDown(host: EndpointHost): Promise<void> {
    this.signal?.removeEventListener('abort', this.onAbort)
    host.endpoint.listen(undefined)
    for (const session of this.sessions) session.close()
    if (this.sessions.size > 0) {
      await new Promise<void>((resolve) => {
        this.allSessionsClosed = resolve
      })
    }
    // Until here requests and responses that take too long are still given up.
    clearInterval(this.sweeper)
    await host.close()
    this.emit('close')
  }
}

function acceptAny(): void {}

function ignore(): void {}

function timeoutOf(
  options: ServerOptions,
  name: 'requestTimeout' | 'writeTimeout',
  preset: number,
): number {
  const value = options[name]
  checkAtLeast(name, value, 0)
  return value === 0 ? Number.POSITIVE_INFINITY : (value ?? preset)
}

/** @param onRequest is added as a listener of `request` */
export function createSecureServer(
  options: ServerOptions,
  onRequest?: RequestListener,
): Http3Server {
  return new Http3Server(options, onRequest)
}
