import type { Socket } from 'node:net'
import { IdMap } from '../../../bytes/index.ts'
import { Bus, type BusHandler, type FrameHead, frameFlags, frameTypes } from '../../bus/index.ts'
import { decodeError, decodeValue, encodeError, encodeValue } from '../clone.ts'
import type { WorkerContext, WorkerHandlers } from '../handlers.ts'
import { RequestAddress } from '../request-address.ts'
import { decodeConnection, decodeFields, decodeRequest } from '../request-codec.ts'
import { decodeStartOrder, type StartOrder } from '../start-order.ts'
import type { ConnectionInfo } from '../types.ts'
import { loadHandlers } from './load-handlers.ts'
import { PendingAnswers } from './pending-answers.ts'
import { handleRequest } from './request-handler.ts'
import { WorkerRequestStream } from './worker-request.ts'
import { WorkerSession } from './worker-session.ts'

/** A worker's process: takes requests, tasks and messages from the bus to the handlers. */
export class WorkerRuntime implements BusHandler {
  private readonly bus: Bus
  private readonly requests = new IdMap<WorkerRequestStream>()
  private readonly sessions = new IdMap<WorkerSession>()
  private readonly tasks = new PendingAnswers()
  private readonly calls = new PendingAnswers()
  private handlers: WorkerHandlers = {}
  private runningTasks = 0
  private leaving = false
  private left = false
  private readonly requestOver = (request: WorkerRequestStream): void => this.forget(request)
  private readonly askToDestroy = (sessionId: number, isError: boolean): void =>
    this.bus.writer.send(frameTypes.close, isError ? frameFlags.error : 0, sessionId, 0, 0)

  constructor(socket: Socket) {
    this.bus = new Bus(socket, this)
    // Ctrl-C reaches the whole process group: the master decides what is to be done.
    process.on('SIGINT', ignore)
    // Whoever ends this process from outside gets the same as by a reload: another one first.
    process.on('SIGTERM', () => this.bus.writer.send(frameTypes.shutdown, 0, 0, 0, 0))
  }

  onMessage(head: FrameHead, payload: Uint8Array): void {
    const { messageId } = head
    const isError = (head.flags & frameFlags.error) !== 0
    switch (head.type) {
      case frameTypes.headers:
        this.openRequest(head, payload)
        return
      case frameTypes.trailers:
        this.requests.get(messageId)?.receiveTrailers(decodeFields(payload))
        return
      case frameTypes.window:
        this.requests.get(messageId)?.receiveWindow(head.value)
        return
      case frameTypes.reset:
        this.requests.get(messageId)?.receiveReset(head.value)
        return
      case frameTypes.stop:
        this.requests.get(messageId)?.receiveStop()
        return
      case frameTypes.task:
        void this.runTask(messageId, head.workerId, payload)
        return
      case frameTypes.finish:
        answer(this.tasks, messageId, payload, isError)
        return
      case frameTypes.reply:
        answer(this.calls, messageId, payload, isError)
        return
      case frameTypes.pipeMessage: {
        const from = head.workerId
        this.run(() => this.handlers.pipeMessage?.(decodeValue(payload), from))
        return
      }
      case frameTypes.connect:
        this.connect(head.sessionId, decodeConnection(payload))
        return
      case frameTypes.close:
        this.close(head.sessionId)
        return
      case frameTypes.start:
        void this.start(decodeStartOrder(payload))
        return
      case frameTypes.shutdown:
        this.leaving = true
        this.leaveIfDone()
        return
    }
  }

  onData(head: FrameHead, piece: Uint8Array, last: boolean): void {
    this.requests.get(head.messageId)?.receiveData(piece, last)
  }

  /** The master is of another version, or broken: nothing can be done here. */
  onBroken(error: Error): void {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  }

  /** Without a master there is nothing to do. */
  onEnd(): void {
    process.exit(this.left ? 0 : 1)
  }

  private async start(order: StartOrder): Promise<void> {
    try {
      this.handlers = await loadHandlers(order.module)
      await this.handlers.start?.(this.context(order))
    } catch (error) {
      this.report(error)
      this.bus.finish(() => process.exit(1))
      return
    }
    this.bus.writer.send(frameTypes.ready, 0, 0, 0, 0)
  }

  private context({ id, isTaskWorker }: StartOrder): WorkerContext {
    const { writer } = this.bus
    return {
      id,
      isTaskWorker,
      task: (data, dst = -1) => {
        const payload = encodeValue(data)
        return this.tasks.wait((taskId) =>
          writer.send(frameTypes.task, 0, 0, 0, taskId, 0, payload, dst),
        )
      },
      call: (method, ...args) => {
        const payload = encodeValue([method, ...args])
        return this.calls.wait((callId) =>
          writer.send(frameTypes.call, 0, 0, 0, callId, 0, payload),
        )
      },
      sendMessage: (data, workerId) => {
        const messageId = this.calls.nextId()
        writer.send(frameTypes.pipeMessage, 0, 0, 0, messageId, 0, encodeValue(data), workerId)
      },
    }
  }

  private openRequest(head: FrameHead, payload: Uint8Array): void {
    const { sessionId, streamId, messageId } = head
    const { connection, fields } = decodeRequest(payload)
    const session = this.sessionOf(sessionId, connection)
    session.requests++
    const address = new RequestAddress(this.bus.writer, messageId, sessionId, streamId)
    const ended = (head.flags & frameFlags.fin) !== 0
    const request = new WorkerRequestStream(address, session, fields, ended, this.requestOver)
    this.requests.set(messageId, request)
    handleRequest(this.handlers.request, request, (error) => this.report(error))
  }

  private forget(request: WorkerRequestStream): void {
    this.requests.delete(request.address.messageId)
    const { session } = request
    session.requests--
    if (session.requests === 0 && !session.bound) this.sessions.delete(session.id)
    this.leaveIfDone()
  }

  private sessionOf(id: number, connection: ConnectionInfo): WorkerSession {
    let session = this.sessions.get(id)
    if (session === undefined) {
      session = new WorkerSession(id, connection, this.askToDestroy)
      this.sessions.set(id, session)
    }
    return session
  }

  private connect(sessionId: number, connection: ConnectionInfo): void {
    this.sessionOf(sessionId, connection).bound = true
    this.run(() => this.handlers.connect?.(sessionId, connection))
  }

  private close(sessionId: number): void {
    const session = this.sessions.get(sessionId)
    if (session === undefined) return
    this.sessions.delete(sessionId)
    this.run(() => session.socket.end())
    if (session.bound) this.run(() => this.handlers.close?.(sessionId))
  }

  private async runTask(taskId: number, from: number, payload: Uint8Array): Promise<void> {
    const { writer } = this.bus
    this.runningTasks++
    try {
      const { task } = this.handlers
      if (task === undefined) throw new Error('The worker module has no task handler')
      const result = encodeValue(await task(decodeValue(payload), taskId, from))
      writer.send(frameTypes.finish, 0, 0, 0, taskId, 0, result)
    } catch (error) {
      writer.send(frameTypes.finish, frameFlags.error, 0, 0, taskId, 0, encodeError(error))
    }
    this.runningTasks--
    this.leaveIfDone()
  }

  /** What a handler of an event throws is told; the worker goes on. */
  private run(handler: () => unknown): void {
    void (async () => {
      try {
        await handler()
      } catch (error) {
        this.report(error)
      }
    })()
  }

  private report(error: unknown): void {
    this.bus.writer.send(frameTypes.failure, 0, 0, 0, this.calls.nextId(), 0, encodeError(error))
  }

  private leaveIfDone(): void {
    if (!this.leaving || this.left || this.requests.size > 0 || this.runningTasks > 0) return
    this.left = true
    void this.leave()
  }

  private async leave(): Promise<void> {
    try {
      await this.handlers.stop?.()
    } catch (error) {
      this.report(error)
    }
    this.bus.finish(() => process.exit(0))
  }
}

function answer(pending: PendingAnswers, id: number, payload: Uint8Array, isError: boolean): void {
  if (isError) pending.reject(id, decodeError(payload))
  else pending.resolve(id, decodeValue(payload))
}

function ignore(): void {}
