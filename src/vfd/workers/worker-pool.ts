import { randomInt } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { nextTick } from 'node:process'
import { pathToFileURL } from 'node:url'
import { BusError, type FrameHead, frameFlags, frameTypes } from '../bus/index.ts'
import type { WorkerLoads } from '../dispatch/index.ts'
import { answerCall } from './answer-call.ts'
import { decodeValue, encodeValue } from './clone.ts'
import { MAX_WORKER_BACKLOG } from './limits.ts'
import { Replacements } from './replacements.ts'
import { encodeConnection } from './request-codec.ts'
import { TaskRouter } from './task-router.ts'
import type {
  ConnectionInfo,
  RequestHead,
  ResponseSink,
  WorkerKind,
  WorkerPoolListener,
  WorkerPoolOptions,
  WorkerPoolStats,
  WorkerRequest,
} from './types.ts'
import { type ProcessListener, WorkerProcess } from './worker-process.ts'
import { WorkerSlot } from './worker-slot.ts'

const DEFAULT_MAX_WAIT_TIME = 3000

/**
 * The worker processes of a server. A worker that ends by itself is started again under its id; what it
 * had in progress is told to the sinks as lost.
 */
export class WorkerPool implements WorkerLoads, ProcessListener {
  private readonly options: WorkerPoolOptions
  private readonly listener: WorkerPoolListener
  private readonly module: string
  private readonly workers: WorkerSlot[]
  private readonly taskWorkers: WorkerSlot[]
  private readonly tasks: TaskRouter
  private readonly replacements = new Replacements()
  private started: { resolve: () => void; reject: (error: Error) => void } | undefined
  private stopped: (() => void) | undefined
  private shuttingDown: Promise<void> | undefined
  private lastId = 0
  private requests = 0
  private staleFrames = 0
  private crashes = 0

  constructor(options: WorkerPoolOptions, listener: WorkerPoolListener) {
    const { workerNum = 1, taskWorkerNum = 0 } = options
    checkCount('workerNum', workerNum, taskWorkerNum > 0 ? 0 : 1)
    checkCount('taskWorkerNum', taskWorkerNum, 0)
    this.options = options
    this.listener = listener
    this.module = moduleUrl(options.module)
    this.workers = Array.from({ length: workerNum }, (_, i) => new WorkerSlot(i, 'worker'))
    this.taskWorkers = Array.from(
      { length: taskWorkerNum },
      (_, i) => new WorkerSlot(workerNum + i, 'task'),
    )
    this.tasks = new TaskRouter(
      () => this.nextId(),
      (index) => this.taskProcess(index),
    )
  }

  /** Resolves when all workers are ready; rejects, with none left, when one of them ends before. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.started = { resolve, reject }
      for (const slot of this.slots) this.promote(slot, this.spawn(slot))
    })
  }

  get size(): number {
    return this.workers.length
  }

  /** Sends now what requests were given to workers, instead of after the next poll. */
  flush(): void {
    for (const { current } of this.workers) current?.flush()
  }

  inFlight(workerId: number): number {
    return this.slot(workerId)?.current?.inFlight ?? 0
  }

  isAvailable(workerId: number): boolean {
    const process = this.slot(workerId)?.current
    return process !== undefined && process.queuedBytes < MAX_WORKER_BACKLOG
  }

  /**
   * Gives a request to a worker. Undefined, and the sink is not called, where the worker has no process
   * just now or does not read what it is sent: answer 503.
   */
  open(workerId: number, head: RequestHead, sink: ResponseSink): WorkerRequest | undefined {
    const slot = this.workers[workerId]
    if (slot?.current === undefined || !this.isAvailable(workerId)) return undefined
    const request = slot.current.open(this.nextId(), head, sink)
    if (request === undefined) return undefined
    this.requests++
    this.retireIfSpent(slot)
    return request
  }

  /** Tells a worker that a connection is there whose requests all go to it. */
  connected(workerId: number, sessionId: number, connection: ConnectionInfo): void {
    const payload = encodeConnection(connection)
    this.slot(workerId)?.current?.send(frameTypes.connect, 0, payload, -1, false, sessionId)
  }

  /** Tells workers that a connection is gone: the one it was bound to, or with -1 all. */
  closed(workerId: number, sessionId: number): void {
    for (const slot of this.workers) {
      if (workerId !== -1 && slot.id !== workerId) continue
      for (const process of slot.processes) {
        process.send(frameTypes.close, 0, undefined, -1, false, sessionId)
      }
    }
  }

  /**
   * Runs a task in a task worker: `dst` counts from 0, -1 is the least busy one. Resolves to what the
   * worker's `task` returned; rejects with what it threw, and when the worker is lost.
   */
  async task(data: unknown, dst = -1): Promise<unknown> {
    return this.tasks.submit(data, dst)
  }

  /** Sends anything that can be cloned to a worker's `pipeMessage`. False: there is no such worker now. */
  sendMessage(data: unknown, workerId: number): boolean {
    const process = this.slot(workerId)?.current
    process?.send(frameTypes.pipeMessage, this.nextId(), encodeValue(data))
    return process !== undefined
  }

  /**
   * Replaces the processes of all workers, or of the task workers alone. Each old one goes on until its
   * successor is ready, then finishes what it has, `maxWaitTime` at most. Where a successor does not
   * start the old one stays, and the promise rejects.
   */
  async reload(which: 'all' | 'tasks' = 'all'): Promise<void> {
    const slots = which === 'all' ? this.slots : this.taskWorkers
    const results = await Promise.allSettled(slots.map((slot) => this.replace(slot)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** Lets all workers finish their requests, `maxWaitTime` at most. */
  shutdown(): Promise<void> {
    this.shuttingDown ??= new Promise((resolve) => {
      this.stopped = resolve
      for (const slot of this.slots) {
        slot.cancelRestart()
        for (const process of slot.processes) process.leave(this.maxWaitTime)
      }
      this.checkStopped()
    })
    return this.shuttingDown
  }

  stats(): WorkerPoolStats {
    return {
      requests: this.requests,
      staleFrames: this.staleFrames,
      tasking: this.tasks.size,
      crashes: this.crashes,
      workers: this.slots.map(({ id, kind, current }) => ({
        id,
        kind,
        pid: current?.child.pid,
        status: current?.status ?? 'gone',
        inFlight: current?.inFlight ?? 0,
        served: current?.served ?? 0,
        queuedBytes: current?.queuedBytes ?? 0,
      })),
    }
  }

  /** @internal */
  processReady(process: WorkerProcess): void {
    const slot = this.slot(process.id)!
    if (process === slot.successor) {
      const old = slot.current
      this.promote(slot, process)
      if (old !== undefined) {
        slot.leaving.add(old)
        old.leave(this.maxWaitTime)
      }
      this.replacements.ready(process)
    }
    this.tell(() => this.listener.onWorkerStart?.(process.id, process.pid))
    if (this.started === undefined) return
    if (this.slots.some(({ current }) => current?.ready !== true)) return
    this.started.resolve()
    this.started = undefined
  }

  /** @internal */
  processGone(process: WorkerProcess, code: number | null, signal: string | null): void {
    const { id, pid } = process
    const slot = this.slot(id)!
    this.tasks.lose(process)
    const asked = process.leaving
    if (!asked) this.crashes++
    const error = notReady(process, code, signal)
    this.removeFrom(slot, process, error)
    this.replacements.gone(process, error)
    this.tell(() => {
      if (asked) this.listener.onWorkerStop?.(id, pid)
      else this.listener.onWorkerError?.(id, pid, code, signal)
    })
    this.checkStopped()
  }

  /** @internal */
  processLeaving(process: WorkerProcess): void {
    const slot = this.slot(process.id)!
    if (process === slot.current && slot.successor === undefined) this.succeed(slot)
  }

  /** @internal */
  processFailure(process: WorkerProcess, error: Error): void {
    this.tell(() => this.listener.onHandlerError?.(process.id, error))
  }

  /** @internal */
  processStaleFrame(): void {
    this.staleFrames++
  }

  /** @internal */
  processMessage(process: WorkerProcess, head: FrameHead, payload: Uint8Array): void {
    switch (head.type) {
      case frameTypes.task:
        this.tasks.forward(process, head, payload)
        return
      case frameTypes.finish:
        this.tasks.finish(process, head, payload)
        return
      case frameTypes.pipeMessage:
        if (head.workerId === -1) {
          this.deliver(decodeValue(payload), process.id)
          return
        }
        this.slot(head.workerId)?.current?.send(
          frameTypes.pipeMessage,
          this.nextId(),
          payload,
          process.id,
        )
        return
      case frameTypes.close:
        this.destroySession(head.sessionId, (head.flags & frameFlags.error) !== 0)
        return
      case frameTypes.call:
        void answerCall(process, head.messageId, payload, this.listener)
        return
      default:
        throw new BusError(`A worker may not send a frame of the type ${head.type}`)
    }
  }

  private deliver(data: unknown, from: number): void {
    this.tell(() => this.listener.onPipeMessage?.(data, from))
  }

  private destroySession(sessionId: number, isError: boolean): void {
    this.tell(() => this.listener.onDestroySession?.(sessionId, isError))
  }

  /** What a listener throws is the server's own mistake: the process hears of it, no worker pays for it. */
  private tell(action: () => void): void {
    try {
      action()
    } catch (error) {
      nextTick(() => {
        throw error
      })
    }
  }

  private get slots(): WorkerSlot[] {
    return [...this.workers, ...this.taskWorkers]
  }

  private get maxWaitTime(): number {
    return this.options.maxWaitTime ?? DEFAULT_MAX_WAIT_TIME
  }

  private nextId(): number {
    return ++this.lastId
  }

  private slot(workerId: number): WorkerSlot | undefined {
    return this.workers[workerId] ?? this.taskWorkers[workerId - this.workers.length]
  }

  private taskProcess(index: number): WorkerProcess | undefined {
    if (index !== -1) return this.taskWorkers[index]?.current
    let best: WorkerProcess | undefined
    for (const { current } of this.taskWorkers) {
      if (current === undefined) continue
      if (best === undefined || current.tasks.size < best.tasks.size) best = current
    }
    return best
  }

  private spawn(slot: WorkerSlot): WorkerProcess {
    const { id, kind } = slot
    return new WorkerProcess({ id, kind, module: this.module, env: this.options.env ?? {} }, this)
  }

  private promote(slot: WorkerSlot, process: WorkerProcess): void {
    slot.current = process
    slot.successor = undefined
    slot.budget = this.budgetOf(slot.kind)
  }

  private budgetOf(kind: WorkerKind): number {
    const { maxRequest = 0, maxRequestGrace = Math.floor(maxRequest / 2) } = this.options
    if (maxRequest === 0 || kind === 'task') return Number.POSITIVE_INFINITY
    return maxRequest + randomInt(maxRequestGrace + 1)
  }

  private retireIfSpent(slot: WorkerSlot): void {
    const { current, successor } = slot
    if (current === undefined || current.served < slot.budget || successor !== undefined) return
    // Should the successor not start, the next one is tried after as many requests again.
    slot.budget = current.served + this.budgetOf(slot.kind)
    this.succeed(slot)
  }

  private succeed(slot: WorkerSlot): void {
    if (this.shuttingDown === undefined) slot.successor = this.spawn(slot)
  }

  private async replace(slot: WorkerSlot): Promise<void> {
    if (this.shuttingDown !== undefined) throw new Error('The workers are shutting down')
    slot.cancelRestart()
    slot.successor ??= this.spawn(slot)
    return this.replacements.wait(slot.successor, slot.current)
  }

  private removeFrom(slot: WorkerSlot, process: WorkerProcess, error: Error): void {
    if (slot.leaving.delete(process)) return
    if (process === slot.successor) {
      slot.successor = undefined
      if (slot.current === undefined) this.restart(slot, 0)
      return
    }
    slot.current = undefined
    if (this.started !== undefined) {
      const { reject } = this.started
      this.started = undefined
      void this.shutdown().then(() => reject(error))
    } else if (slot.successor === undefined) {
      this.restart(slot, process.lifetime)
    }
  }

  private restart(slot: WorkerSlot, lifetime: number): void {
    if (this.shuttingDown !== undefined) return
    slot.restartAfter(lifetime, () => this.promote(slot, this.spawn(slot)))
  }

  private checkStopped(): void {
    if (this.slots.every(({ processes }) => processes.length === 0)) this.stopped?.()
  }
}

function moduleUrl(module: URL | string): string {
  if (module instanceof URL) return module.href
  return isAbsolute(module) ? pathToFileURL(module).href : new URL(module).href
}

function notReady(process: WorkerProcess, code: number | null, signal: string | null): Error {
  const how = signal === null ? `code ${code}` : `signal ${signal}`
  const cause = process.startError
  const why = cause === undefined ? '' : `: ${cause.message}`
  const error = new Error(`Worker ${process.id} ended with ${how} before it was ready${why}`, {
    cause,
  })
  return Object.assign(error, { code: 'ERR_WORKER_START' })
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 1000) return
  throw Object.assign(new RangeError(`${name} is ${value}, not ${least} to 1000`), {
    code: 'ERR_OUT_OF_RANGE',
  })
}
