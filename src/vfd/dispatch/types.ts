import type { SocketAddress } from '../../quic/index.ts'

/** Swoole's numbers; 7 is not used any more. */
export const dispatchModes = {
  round: 1,
  fdmod: 2,
  idleWorker: 3,
  ipmod: 4,
  uidmod: 5,
  userfunc: 6,
  coConnLb: 8,
  coReqLb: 9,
  concurrentLb: 10,
} as const

export type DispatchModeName = keyof typeof dispatchModes
export type DispatchModeNumber = (typeof dispatchModes)[DispatchModeName]
export type DispatchMode = DispatchModeName | DispatchModeNumber

/** What dispatch knows of a connection, and keeps with it. */
export interface DispatchSubject {
  readonly sessionId: number
  /** The number that the connection was bound to; 0 when it is not bound. */
  readonly uid: number
  readonly remote: SocketAddress
  /** The worker that `ipmod` or `coConnLb` chose; -1 before the first dispatch. */
  workerId: number
}

/** How busy the workers are. */
export interface WorkerLoads {
  /** How many workers there are; their ids are 0 to size - 1. */
  readonly size: number
  /** Requests in progress. */
  inFlight(workerId: number): number
  /** False while the worker has no process, or more in its pipe than it should. */
  isAvailable(workerId: number): boolean
}

/** The answers of a user's function that are not a worker. */
export const dispatchAnswers = { drop: -1, close: -2, fallThrough: -3 } as const

/**
 * Chooses a worker before the mode does: a worker's id, or one of `dispatchAnswers`. Anything else
 * counts as a mistake, is reported and falls through to the mode.
 */
export type DispatchFunction<Request = unknown> = (
  subject: DispatchSubject,
  request: Request | undefined,
) => number

export interface DispatcherOptions<Request = unknown> {
  readonly loads: WorkerLoads
  readonly dispatchFunction?: DispatchFunction<Request>
  /** A warning for the operator; at most one a second of each kind. Default: none. */
  readonly onWarning?: (message: string) => void
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number
}

export interface Dispatcher<Request = unknown> {
  readonly mode: DispatchModeName
  /** Whether requests of a connection always go to the same worker, so that its events may follow. */
  readonly isSticky: boolean
  /** The worker for a request or, without one, for a connection's events; `drop` or `close`. */
  dispatch(subject: DispatchSubject, request?: Request): number
}
