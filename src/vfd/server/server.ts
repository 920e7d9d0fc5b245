import { EventEmitter } from 'node:events'
import type {
  Http3ServerRequest,
  Http3ServerResponse,
  SecureContextOptions,
} from '../../api/index.ts'
import { type ServerStream, throwLater } from '../../api/internals.ts'
import type { CloseInfo } from '../../quic/index.ts'
import { Reactor } from '../../reactor/index.ts'
import { createDispatcher } from '../dispatch/index.ts'
import { resolveMaxConnections } from '../source/fd-limit.ts'
import { createVfdSource } from '../source/ladder.ts'
import type { VfdSource } from '../source/source.ts'
import { WorkerPool, type WorkerPoolListener } from '../workers/index.ts'
import { Connections, type ConnectionsListener } from './connections.ts'
import { createDirectory } from './create-directory.ts'
import { DispatchedStream } from './dispatched-stream.ts'
import type { ClientInfo, ServerEvents, ServerStats } from './events.ts'
import { HttpListener, type ListenerOwner } from './http-listener.ts'
import { type ServerOptions, type ServerSettings, settingsOf } from './options.ts'
import { RequestDispatch } from './request-dispatch.ts'
import { closeParts, type Running } from './running.ts'
import { VfdSession } from './session.ts'
import { Statistics } from './statistics.ts'
import { TopSocket } from './top-socket.ts'
import { TopSocketError } from './top-socket-error.ts'
import { callFromWorker } from './worker-calls.ts'

/**
 * An HTTP/3 server in Swoole's manner: every connection is a virtual fd in a table, known by its
 * session id, and requests are handled here (`workerNum: 0`) or in worker processes.
 *
 * All calls take session ids and answer false or undefined for one that is not a connection's (any
 * more), whoever has its fd now. Events: see `ServerEvents`.
 */
export class Server extends EventEmitter<ServerEvents> implements AsyncDisposable {
  private readonly options: ServerOptions
  private readonly settings: ServerSettings
  private readonly listener: HttpListener
  private readonly reactor = new Reactor()
  private readonly statistics: Statistics
  private running: Running | undefined
  private starting: Promise<this> | undefined
  private stopping: Promise<void> | undefined
  private lastTaskId = 0

  /** Throws a TypeError or RangeError with a code for options that cannot be used. */
  constructor(options: ServerOptions) {
    super()
    this.options = options
    this.settings = settingsOf(options)
    this.statistics = new Statistics(this.settings)
    this.listener = new HttpListener(this.listenerOwner(), options)
    if (options.keylog === true) this.listener.on('keylog', (line) => this.emit('keylog', line))
  }

  /**
   * Starts the workers and binds the port. Rejects with Node's error when that cannot be, and with what
   * a listener of `start` throws; nothing is left open then.
   */
  start(): Promise<this> {
    this.starting ??= this.open()
    return this.starting
  }

  /** Undefined unless the server is started. */
  address(): ReturnType<HttpListener['address']> {
    return this.listener.address()
  }

  /** The path of the socket for `tsquic top`; undefined when there is none. */
  get topSocket(): string | undefined {
    return this.running?.top?.path
  }

  /** Another certificate for a name, as `Http3Server.addContext`. */
  addContext(hostname: string, context: SecureContextOptions): void {
    this.listener.addContext(hostname, context)
  }

  // Connections.

  /**
   * Makes the response to a request the session's channel: it is begun, stays open, and gets what
   * `send` is called with; the body of the request comes as `receive`. A later call for the same
   * session replaces it. False when the session or the response is over.
   *
   * HTTP/3 has no messages that a server begins: a response that stays open is what every client can
   * read (curl -N, EventSource, fetch streams).
   */
  subscribe(request: Http3ServerRequest, response: Http3ServerResponse): boolean {
    const sessionId = this.sessionOf(request)
    if (sessionId === undefined || response.destroyed) return false
    response.flushHeaders()
    if (this.running?.connections.subscribe(sessionId, response.stream.id) !== true) return false
    request.on('data', (data: Buffer) => this.emit('receive', sessionId, data))
    return true
  }

  /** The same for a response by its stream id, wherever it is handled; it must have begun. */
  subscribeStream(sessionId: number, streamId: number): boolean {
    return this.running?.connections.subscribe(sessionId, streamId) ?? false
  }

  /**
   * Writes to the session's channel (see `subscribe`). False when there is none, when the data is
   * empty, and when more than `socketBufferSize` is queued for the client already.
   */
  send(sessionId: number, data: string | Uint8Array): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data)
    return this.running?.connections.send(sessionId, bytes) ?? false
  }

  /**
   * Closes a connection: requests in progress and queued data have `maxWaitTime`; with `reset` nothing
   * has. False when it is closed or being closed.
   */
  close(sessionId: number, reset = false): boolean {
    return this.running?.connections.close(sessionId, reset) ?? false
  }

  exists(sessionId: number): boolean {
    return this.running?.connections.open(sessionId) !== undefined
  }

  getClientInfo(sessionId: number): ClientInfo | undefined {
    return this.running?.connections.info(sessionId)
  }

  /**
   * Session ids by ascending fd: `count` (at most 100) behind that of `start`, or the first ones.
   * Undefined when `start` is unknown.
   */
  getClientList(start = 0, count = 10): number[] | undefined {
    return this.running?.connections.sessions.getClientList(start, count)
  }

  /** The open connections' session ids by ascending fd, to iterate over; `size` counts them. */
  get connections(): Iterable<number> & { readonly size: number } {
    const sessions = this.running?.connections.sessions
    return {
      size: sessions?.count ?? 0,
      [Symbol.iterator]: () => sessions?.ids() ?? [].values(),
    }
  }

  /** Binds a connection to a number of the application's, once: 1 to 2^32 - 1. */
  bind(sessionId: number, uid: number): boolean {
    return this.running?.connections.sessions.bind(sessionId, uid) ?? false
  }

  /** Exempts a connection from the heartbeat. */
  protect(sessionId: number, on = true): boolean {
    return this.running?.connections.sessions.protect(sessionId, on) ?? false
  }

  /**
   * The connections that were silent for longer than `heartbeatIdleTime`; with `close` they are
   * closed. Undefined without `heartbeatCheckInterval`.
   */
  heartbeat(close = false): number[] | undefined {
    const times = this.settings.heartbeat
    if (times === undefined) return undefined
    return this.running?.connections.silent(times.idleTime, close)
  }

  /** Reads no more from the bodies of the connection's requests: flow control holds the client back. */
  pause(sessionId: number): boolean {
    return this.running?.connections.pause(sessionId) ?? false
  }

  resume(sessionId: number): boolean {
    return this.running?.connections.resume(sessionId) ?? false
  }

  // Workers.

  /**
   * Runs a task in task worker `dst` (from 0), or in the least busy one; `finish` is emitted with the
   * id and the result. The promise has the result too.
   */
  task(data: unknown, dst = -1): { readonly id: number; readonly result: Promise<unknown> } {
    const { pool } = this.requireRunning()
    if (pool === undefined) throw new TypeError('There are no task workers: set taskWorkerNum')
    const id = ++this.lastTaskId
    const result = pool.task(data, dst)
    result.then(
      (value) => this.emit('finish', id, value),
      () => {},
    )
    return { id, result }
  }

  /** To the `pipeMessage` of a worker. */
  sendMessage(data: unknown, workerId: number): boolean {
    return this.running?.pool?.sendMessage(data, workerId) ?? false
  }

  /** Replaces all workers by new processes; requests in progress finish in the old ones. */
  async reload(): Promise<void> {
    const { pool } = this.requireRunning()
    if (pool === undefined) return
    this.emit('beforeReload')
    await pool.reload()
    this.emit('afterReload')
  }

  stats(): ServerStats {
    return this.statistics.of(this.requireRunning())
  }

  /**
   * Ends the server: no new connections, GOAWAY for those that there are, `maxWaitTime` for requests in
   * progress, then the workers and the port. Rejects, when all that is done, with what a listener of
   * `beforeShutdown` or `shutdown` has thrown.
   */
  shutdown(): Promise<void> {
    this.stopping ??= this.stop()
    return this.stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  private sessionOf(request: Http3ServerRequest): number | undefined {
    const { session } = request.stream
    return session instanceof VfdSession ? session.sessionId : undefined
  }

  private requireRunning(): Running {
    if (this.running !== undefined) return this.running
    throw Object.assign(new Error('The server is not running'), { code: 'ERR_SERVER_NOT_RUNNING' })
  }

  private async open(): Promise<this> {
    const { options, settings } = this
    const maxConn = resolveMaxConnections(options.maxConn)
    const scheme = options.scheme ?? 'socketpair'
    // Only one scheme gives descriptors to connections.
    const prefer = scheme === 'socketpair' ? options.vfdSource : 'emulated'
    const source = await createVfdSource({
      ...(prefer === undefined ? {} : { prefer }),
      ...(options.vfdPoolSize === undefined ? {} : { poolSize: options.vfdPoolSize }),
      strict: options.strict ?? false,
      maxConnections: maxConn,
      onWarning: (warning) => this.emit('warning', warning.message, warning),
    })
    try {
      const connections = new Connections(
        createDirectory<VfdSession>(scheme, source, maxConn),
        this.reactor,
        settings,
        this.connectionsListener(),
      )
      this.running = {
        source,
        connections,
        pool: undefined,
        dispatch: undefined,
        heartbeat: undefined,
        top: undefined,
      }
      await this.openParts(this.running)
      this.emit('start')
    } catch (error) {
      await this.abandon(source)
      throw error
    }
    return this
  }

  /** Leaves nothing of a start that failed, the port included. */
  private async abandon(source: VfdSource): Promise<void> {
    const { running } = this
    const closed = this.listener[Symbol.asyncDispose]()
    this.listener.closeAllConnections()
    await closed
    if (running === undefined) await source.close()
    else await closeParts(running, this.reactor)
    this.running = undefined
  }

  private async openParts(running: Running): Promise<void> {
    const { options, settings } = this
    const { connections } = running
    if (settings.workerNum + settings.taskWorkerNum > 0) await this.openPool(running)
    if (settings.heartbeat !== undefined) {
      const { checkInterval, idleTime } = settings.heartbeat
      running.heartbeat = setInterval(() => connections.silent(idleTime, true), checkInterval)
      running.heartbeat.unref()
    }
    if (options.topSocket !== undefined && options.topSocket !== false) {
      running.top = await this.openTop(options.topSocket, running)
    }
    await this.listener.listen({ host: settings.host, port: settings.port })
  }

  /** A server that nobody can look at is still a server: only a path that was asked for must be had. */
  private async openTop(where: string | true, running: Running): Promise<TopSocket | undefined> {
    try {
      return await TopSocket.listen(where, (rows) =>
        this.statistics.topAnswer(running, this.address(), rows),
      )
    } catch (error) {
      if (where !== true || !(error instanceof TopSocketError)) throw error
      this.emit('warning', `There is no socket for \`tsquic top\`: ${error.message}`)
      return undefined
    }
  }

  private async openPool(running: Running): Promise<void> {
    const { options, settings } = this
    const pool = new WorkerPool(
      {
        module: options.worker!,
        workerNum: settings.workerNum,
        taskWorkerNum: settings.taskWorkerNum,
        maxRequest: options.maxRequest ?? 0,
        maxWaitTime: settings.maxWaitTime,
        env: options.env ?? {},
      },
      this.poolListener(),
    )
    running.pool = pool
    if (settings.workerNum > 0) {
      const dispatcher = createDispatcher(options.dispatchMode ?? 'fdmod', {
        loads: pool,
        ...(options.dispatchFunction === undefined
          ? {}
          : { dispatchFunction: options.dispatchFunction }),
        onWarning: (message) => this.emit('warning', message),
      })
      running.dispatch = new RequestDispatch(
        pool,
        dispatcher,
        running.connections,
        this.statistics.counters,
      )
    }
    await pool.start()
  }

  private async stop(): Promise<void> {
    await this.starting?.catch(() => {})
    const { running } = this
    if (running === undefined) return
    const faults: unknown[] = []
    this.tell('beforeShutdown', faults)
    clearInterval(running.heartbeat)
    for (const sessionId of this.connections) running.connections.close(sessionId, false)
    const timer = setTimeout(() => this.listener.closeAllConnections(), this.settings.maxWaitTime)
    await this.listener.close()
    clearTimeout(timer)
    // The last closes have their turn.
    await new Promise((resolve) => setImmediate(resolve))
    await closeParts(running, this.reactor)
    this.tell('shutdown', faults)
    this.running = undefined
    const [first, ...others] = faults
    for (const error of others) throwLater(error)
    if (faults.length > 0) throw first
  }

  private tell(event: 'beforeShutdown' | 'shutdown', faults: unknown[]): void {
    try {
      this.emit(event)
    } catch (error) {
      faults.push(error)
    }
  }

  private handle({ sessionId }: VfdSession, { request, response }: ServerStream): void {
    if (response.destroyed) return
    response.once('finish', () => this.statistics.counters.responses++)
    if (this.emit('request', request, response, sessionId)) return
    response.writeHead(404)
    response.end()
  }

  private listenerOwner(): ListenerOwner {
    return {
      onSessionReady: (session) => this.running?.connections.add(session),
      onSessionClosed: (session: VfdSession, info: CloseInfo) =>
        this.running?.connections.onTransportClosed(session, info),
      onRequest: (session, stream) => this.running?.connections.onRequest(session, stream),
      turns: {
        turnBegins: () => this.running?.connections.beginTurn(),
        turnEnds: () => {
          this.running?.connections.endTurn()
          this.running?.pool?.flush()
        },
      },
      dispatched: (session, streamId, fields, ended) =>
        this.running?.dispatch?.stream(session, streamId, fields, ended),
    }
  }

  private connectionsListener(): ConnectionsListener {
    return {
      onConnect: (record, session) => {
        this.emit('connect', record.sessionId, record.reactorId)
        if (session.record !== undefined) this.running?.dispatch?.connect(session)
      },
      onClose: ({ sessionId, workerId, reactorId }, actively) => {
        try {
          this.emit('close', sessionId, actively ? -1 : reactorId)
        } catch (error) {
          // Whoever closes has more to do, at a shutdown for all the others.
          throwLater(error)
        }
        if (workerId >= 0) this.running?.pool?.closed(workerId, sessionId)
        this.running?.connections.acknowledge(sessionId)
      },
      onRequest: (session, stream) => {
        this.statistics.counters.requests++
        if (stream instanceof DispatchedStream) this.running?.dispatch?.request(session, stream)
        else this.handle(session, stream)
      },
      onBufferFull: (sessionId) => this.emit('bufferFull', sessionId),
      onBufferEmpty: (sessionId) => this.emit('bufferEmpty', sessionId),
    }
  }

  private poolListener(): WorkerPoolListener {
    return {
      onWorkerStart: (id, pid) => this.emit('workerStart', id, pid),
      onWorkerStop: (id, pid) => this.emit('workerStop', id, pid),
      onWorkerError: (id, pid, code, signal) => this.emit('workerError', id, pid, code, signal),
      onHandlerError: (id, error) => this.emit('handlerError', id, error),
      onPipeMessage: (data, from) => this.emit('pipeMessage', data, from),
      onDestroySession: (id, isError) => this.running?.connections.destroy(id, isError),
      onCall: (method, args) => callFromWorker(this, method, args),
    }
  }
}
