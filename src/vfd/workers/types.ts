import type { Field } from '../../qpack/index.ts'
import type { SocketAddress } from '../../quic/index.ts'

/** What a worker is told of the connection that a request came on. */
export interface ConnectionInfo {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  readonly serverName: string | undefined
  /** Whether the client showed a certificate that was verified. */
  readonly authorized: boolean
  readonly authorizationError: string | undefined
  /** DER. */
  readonly peerCertificate: Uint8Array | undefined
}

/** A request's beginning, as the master gives it to a worker. */
export interface RequestHead {
  readonly sessionId: number
  readonly streamId: number
  /** Pseudo-headers first, as HTTP/3 delivered them. */
  readonly fields: readonly Field[]
  /** True when neither a body nor trailers follow. */
  readonly ended: boolean
  readonly connection: ConnectionInfo
}

/**
 * Where a worker's response goes: the server's side of one request. Nothing is called any more after
 * `onEnd`, `onReset` or `onLost`, except `onWritable` and `onStopReading` after the first.
 */
export interface ResponseSink {
  onInformational(fields: readonly Field[]): void
  /** @param ended neither a body nor trailers follow, and no `onEnd` */
  onHeaders(fields: readonly Field[], ended: boolean): void
  /** Bytes that nobody changes. False: there is no room, `request.resume()` will tell when there is. */
  onData(bytes: Uint8Array): boolean
  /** The end of the response, with trailers. No `onEnd` follows. */
  onTrailers(fields: readonly Field[]): void
  /** The response is complete. */
  onEnd(): void
  /** The worker gave up its response: reset the stream with this code. */
  onReset(errorCode: number): void
  /** `writeBody` had returned false; there is room again. */
  onWritable(): void
  /** The worker does not want the rest of the request's body. */
  onStopReading(errorCode: number): void
  /**
   * The worker is gone. Where no headers were sent, answer 503; else reset with H3_INTERNAL_ERROR.
   * @param headersSent whether `onHeaders` was called
   */
  onLost(headersSent: boolean): void
}

/** One request in a worker, as the master holds it. Calls after its end do nothing. */
export interface WorkerRequest {
  readonly workerId: number
  readonly sessionId: number
  readonly streamId: number
  /**
   * A part of the request's body, not changed afterwards. All of it is taken; false says to wait for
   * `onWritable` before more (stop reading from HTTP/3, so that the client is held back).
   */
  writeBody(bytes: Uint8Array): boolean
  /** The request is complete. */
  endBody(): void
  /** The request is complete, with trailers. */
  endWithTrailers(fields: readonly Field[]): void
  /** The client gave up, or the connection is gone: nobody wants the response. The sink is not called again. */
  abort(errorCode: number): void
  /** The client does not want (the rest of) the response: STOP_SENDING. The request's body may go on. */
  stop(errorCode: number): void
  /** There is room for the response again after `onData` returned false. */
  resume(): void
}

export type WorkerKind = 'worker' | 'task'

export type WorkerStatus = 'starting' | 'idle' | 'busy' | 'gone'

/** What the pool reports to its server. All of it may be left out. */
export interface WorkerPoolListener {
  /** A worker is ready. Ids of task workers go on after those of the others. */
  onWorkerStart?(workerId: number, pid: number): void
  /** A worker left as it was asked to, or was made to when its time was over. */
  onWorkerStop?(workerId: number, pid: number): void
  /** A worker ended by itself, or broke the rules of the bus. Another one takes its place. */
  onWorkerError?(workerId: number, pid: number, code: number | null, signal: string | null): void
  /** A handler in a worker threw; the request was answered with 500 or reset. */
  onHandlerError?(workerId: number, error: Error): void
  /** A worker sent a message to the master. */
  onPipeMessage?(data: unknown, fromWorkerId: number): void
  /** A worker ends a connection at once (`req.socket.destroy`), with an error or without. */
  onDestroySession?(sessionId: number, isError: boolean): void
  /** A worker calls the server (`worker.call`): its answer, or a promise of it. */
  onCall?(method: string, args: readonly unknown[], workerId: number): unknown
}

export interface WorkerPoolOptions {
  /** The module of the handlers (`WorkerHandlers`), run in every worker: a file URL or absolute path. */
  readonly module: URL | string
  /** Default 1. */
  readonly workerNum?: number
  /** Processes for `task`. Default 0. */
  readonly taskWorkerNum?: number
  /** Requests after which a worker is replaced; 0 (the default): never. */
  readonly maxRequest?: number
  /** Up to so many requests more, at random, so that workers do not leave together. Default half of `maxRequest`. */
  readonly maxRequestGrace?: number
  /** Milliseconds that a worker has to finish its requests before it is ended. Default 3000. */
  readonly maxWaitTime?: number
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface WorkerPoolStats {
  readonly requests: number
  /** Answers of workers to requests that were gone. */
  readonly staleFrames: number
  readonly tasking: number
  readonly crashes: number
  readonly workers: readonly {
    readonly id: number
    readonly kind: WorkerKind
    readonly pid: number | undefined
    readonly status: WorkerStatus
    readonly inFlight: number
    /** Requests, or tasks, that this process has been given. */
    readonly served: number
    /** Bytes on their way to the worker. */
    readonly queuedBytes: number
  }[]
}
