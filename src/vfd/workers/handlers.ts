import type { Http3ServerRequest, Http3ServerResponse } from '../../api/index.ts'
import type { ConnectionInfo } from './types.ts'

/** What runs in a worker, given to `start`. */
export interface WorkerContext {
  /** 0 to workerNum - 1; those of task workers go on from there. */
  readonly id: number
  readonly isTaskWorker: boolean
  /** Runs a task in task worker `dst`, or in the least busy one; resolves to what it returned. */
  task(data: unknown, dst?: number): Promise<unknown>
  /** Sends anything that can be cloned to another worker's `pipeMessage`; -1 is the master. */
  sendMessage(data: unknown, workerId: number): void
  /** Calls a method of the server in the master, such as `getClientInfo`. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>
}

/**
 * The default export of a worker's module; a function alone stands for `{ request }`. The module is
 * run in the workers only, so that the script of the server needs no test of where it runs, and
 * nothing in it (ports, timers, databases) is opened once for every worker by accident.
 */
export interface WorkerHandlers {
  /** Before the first request. */
  start?(worker: WorkerContext): unknown
  /** As in `createSecureServer`. What it throws, or rejects with, is answered with 500. */
  request?(req: Http3ServerRequest, res: Http3ServerResponse, sessionId: number): unknown
  /** A connection whose requests all come to this worker. */
  connect?(sessionId: number, connection: ConnectionInfo): unknown
  close?(sessionId: number): unknown
  /** In task workers. The answer goes back to who asked. */
  task?(data: unknown, taskId: number, fromWorkerId: number): unknown
  /** @param fromWorkerId -1 is the master */
  pipeMessage?(data: unknown, fromWorkerId: number): unknown
  /** After the last request. */
  stop?(): unknown
}

export type WorkerModule = WorkerHandlers | NonNullable<WorkerHandlers['request']>
