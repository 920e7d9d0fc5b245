import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { IdMap } from '../../bytes/index.ts'
import {
  Bus,
  BusError,
  type BusHandler,
  type FrameHead,
  type FrameType,
  frameFlags,
  frameTypes,
} from '../bus/index.ts'
import { decodeError } from './clone.ts'
import { START_TIMEOUT } from './limits.ts'
import { MasterRequest, type RequestOwner } from './master-request.ts'
import { RequestAddress } from './request-address.ts'
import { decodeFields, encodeRequest } from './request-codec.ts'
import { workerCommand } from './spawn-arguments.ts'
import { encodeStartOrder } from './start-order.ts'
import type { RequestHead, ResponseSink, WorkerKind, WorkerStatus } from './types.ts'

/** What a process reports to its pool. */
export interface ProcessListener {
  processReady(process: WorkerProcess): void
  /** Its requests have been told before. */
  processGone(process: WorkerProcess, code: number | null, signal: string | null): void
  /** It was asked, from outside, to end. */
  processLeaving(process: WorkerProcess): void
  processFailure(process: WorkerProcess, error: Error): void
  /** A frame that is not of a request. */
  processMessage(process: WorkerProcess, head: FrameHead, payload: Uint8Array): void
  processStaleFrame(): void
}

export interface ProcessOptions {
  readonly id: number
  readonly kind: WorkerKind
  readonly module: string
  readonly env: Readonly<Record<string, string>>
}

/** One process that is, was or will be a worker, and the requests that it has. */
export class WorkerProcess implements BusHandler, RequestOwner {
  readonly id: number
  readonly kind: WorkerKind
  readonly child: ChildProcess
  /** Requests, or tasks, that it was given. */
  served = 0
  /** Tasks in it, by the router's number. */
  readonly tasks = new Set<number>()
  /** Calls that wait for the master's answer. */
  calls = 0
  ready = false
  /** When it became ready, by performance.now(). */
  private readyAt = Number.POSITIVE_INFINITY
  gone = false
  /** It was told to finish. */
  leaving = false
  /** Why it could not start, if it said so. */
  startError: Error | undefined = undefined
  private readonly listener: ProcessListener
  private readonly bus: Bus | undefined
  private readonly requests = new IdMap<MasterRequest>()
  private timer: NodeJS.Timeout | undefined

  constructor(options: ProcessOptions, listener: ProcessListener) {
    this.id = options.id
    this.kind = options.kind
    this.listener = listener
    const [command, args] = workerCommand()
    this.child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    // Where there were no descriptors, or no memory, there is no pid and no stdio either.
    this.child.once('error', (error) => {
      this.startError ??= error
      if (this.child.pid === undefined) this.end(null, null)
    })
    this.child.once('close', (code, signal) => this.end(code, signal))
    if (this.child.pid === undefined) return
    this.bus = new Bus(this.child.stdio[3] as Socket, this)
    const { id, module } = options
    this.send(
      frameTypes.start,
      0,
      encodeStartOrder({ id, isTaskWorker: this.isTaskWorker, module }),
    )
    // It may take a while to load its module: what it is sent until then waits here.
    this.bus.writer.hold()
    this.timer = setTimeout(() => this.kill(), START_TIMEOUT)
  }

  get isTaskWorker(): boolean {
    return this.kind === 'task'
  }

  /** 0 where no process could be made. */
  get pid(): number {
    return this.child.pid ?? 0
  }

  get inFlight(): number {
    return this.requests.size + this.tasks.size
  }

  get queuedBytes(): number {
    return this.bus?.writer.queuedBytes ?? 0
  }

  /** Milliseconds since it was ready, however long its module took to load. */
  get lifetime(): number {
    return Math.max(0, performance.now() - this.readyAt)
  }

  get status(): WorkerStatus {
    if (this.gone) return 'gone'
    if (!this.ready) return 'starting'
    return this.inFlight === 0 ? 'idle' : 'busy'
  }

  open(messageId: number, head: RequestHead, sink: ResponseSink): MasterRequest | undefined {
    if (this.bus === undefined || this.gone) return undefined
    const address = new RequestAddress(this.bus.writer, messageId, head.sessionId, head.streamId)
    const request = new MasterRequest(this, address, sink, head.ended)
    this.requests.set(messageId, request)
    this.served++
    address.send(frameTypes.headers, encodeRequest(head.connection, head.fields), head.ended)
    return request
  }

  /** A frame that is not of a request. */
  send(
    type: FrameType,
    messageId: number,
    payload?: Uint8Array,
    workerId = -1,
    isError = false,
    sessionId = 0,
  ): void {
    const flags = isError ? frameFlags.error : 0
    this.bus?.writer.send(type, flags, sessionId, 0, messageId, 0, payload, workerId)
  }

  flush(): void {
    this.bus?.writer.flush()
  }

  /** Lets it finish its requests, so many milliseconds at most. */
  leave(maxWaitTime: number): void {
    if (this.leaving) return
    this.leaving = true
    this.send(frameTypes.shutdown, 0)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.kill(), maxWaitTime)
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  requestOver(request: MasterRequest): void {
    this.requests.delete(request.address.messageId)
  }

  onMessage(head: FrameHead, payload: Uint8Array): void {
    const request = this.requests.get(head.messageId)
    const ended = (head.flags & frameFlags.fin) !== 0
    switch (head.type) {
      case frameTypes.headers:
        if (request === undefined) this.listener.processStaleFrame()
        else request.receiveHeaders(decodeFields(payload), ended)
        return
      case frameTypes.informational:
        if (request === undefined) this.listener.processStaleFrame()
        else request.receiveInformational(decodeFields(payload))
        return
      case frameTypes.trailers:
        if (request === undefined) this.listener.processStaleFrame()
        else request.receiveTrailers(decodeFields(payload))
        return
      case frameTypes.reset:
        request?.receiveReset(head.value)
        return
      case frameTypes.stop:
        request?.receiveStop(head.value)
        return
      case frameTypes.window:
        request?.receiveWindow(head.value)
        return
      case frameTypes.ready:
        this.becomeReady()
        return
      case frameTypes.shutdown:
        this.listener.processLeaving(this)
        return
      case frameTypes.failure:
        this.fail(decodeError(payload))
        return
      default:
        this.listener.processMessage(this, head, payload)
    }
  }

  onData(head: FrameHead, piece: Uint8Array, last: boolean): void {
    const request = this.requests.get(head.messageId)
    if (request === undefined) this.listener.processStaleFrame()
    else request.receiveData(piece, last)
  }

  /** What it says makes no sense: nothing else that it says can be trusted. */
  onBroken(error: Error): void {
    this.listener.processFailure(this, error)
    this.kill()
  }

  /** The child's own `close` follows. A worker that only closed its bus is of no use any more. */
  onEnd(): void {
    if (!this.gone && this.child.exitCode === null) this.killSoon()
  }

  private killSoon(): void {
    clearTimeout(this.timer)
    // It has closed the bus because it is about to exit: give it the time for that.
    this.timer = setTimeout(() => this.kill(), 1000)
  }

  private becomeReady(): void {
    if (this.ready) throw new BusError('A worker that is ready twice')
    this.ready = true
    this.readyAt = performance.now()
    if (!this.leaving) clearTimeout(this.timer)
    this.bus?.writer.release()
    this.listener.processReady(this)
  }

  private fail(error: Error): void {
    if (this.ready) this.listener.processFailure(this, error)
    else this.startError = error
  }

  private end(code: number | null, signal: string | null): void {
    if (this.gone) return
    this.gone = true
    clearTimeout(this.timer)
    this.bus?.destroy()
    for (const request of this.requests.values()) request.lose()
    this.requests.clear()
    this.listener.processGone(this, code, signal)
  }
}
