import type { Http3ServerRequest, Http3ServerResponse } from '../../api/index.ts'
import type { VfdKind, VfdSourceStats, VfdWarning } from '../source/source.ts'
import type { DirectoryScheme, DirectoryStats } from '../table/directory.ts'
import type { ClientInfo as TableInfo } from '../table/sessions.ts'
import type { WorkerPoolStats } from '../workers/index.ts'

/** Events of a `Server`. They come in the process that listens. */
export interface ServerEvents {
  /** The port is bound and the workers are ready. */
  start: []
  /** A client's handshake is confirmed. `reactorId` is always 0: there is one. */
  connect: [sessionId: number, reactorId: number]
  /** With `workerNum: 0`. */
  request: [request: Http3ServerRequest, response: Http3ServerResponse, sessionId: number]
  /** Bytes of the body of a request that `subscribe` was called with. */
  receive: [sessionId: number, data: Buffer]
  /** Once for every `connect`. `reactorId` is -1 when the server closed. */
  close: [sessionId: number, reactorId: number]
  bufferFull: [sessionId: number]
  bufferEmpty: [sessionId: number]
  workerStart: [workerId: number, pid: number]
  workerStop: [workerId: number, pid: number]
  workerError: [workerId: number, pid: number, code: number | null, signal: string | null]
  /** A handler in a worker threw. */
  handlerError: [workerId: number, error: Error]
  pipeMessage: [data: unknown, fromWorkerId: number]
  /** A task that `task` was called for is done. */
  finish: [taskId: number, result: unknown]
  beforeReload: []
  afterReload: []
  beforeShutdown: []
  shutdown: []
  /** With the option `keylog`: a line of TLS secrets with its line end. */
  keylog: [line: Buffer]
  /**
   * Virtual fds are made in another way than before, dispatch has something to say, or there is no
   * `topSocket: true`.
   */
  warning: [message: string, detail?: VfdWarning]
}

/** What `getClientInfo` tells. Times are milliseconds since 1970; 0 for never. */
export interface ClientInfo extends TableInfo {
  /** Requests in progress. */
  readonly streams: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Milliseconds, smoothed. */
  readonly roundTripTime: number
  readonly state: 'open' | 'paused' | 'full' | 'closing'
}

/** What `stats` tells; counters are since the start. */
export interface ServerStats extends DirectoryStats {
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly scheme: DirectoryScheme
  readonly vfdKind: VfdKind
  readonly vfd: VfdSourceStats
  /** Requests that came. */
  readonly requestCount: number
  /** Those that were given to a worker. */
  readonly dispatchCount: number
  readonly responseCount: number
  /** Requests that a dispatch function dropped. */
  readonly dropCount: number
  /** Requests whose worker ended before it had answered. */
  readonly lostCount: number
  /** Answers of workers to requests that were gone. */
  readonly staleCount: number
  readonly totalRecvBytes: number
  readonly totalSendBytes: number
  readonly workerNum: number
  readonly taskWorkerNum: number
  readonly idleWorkerNum: number
  readonly taskingNum: number
  readonly workers: WorkerPoolStats['workers']
}
