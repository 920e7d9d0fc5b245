import { IdMap } from '../../bytes/index.ts'
import { type FrameHead, frameFlags, frameTypes } from '../bus/index.ts'
import { decodeError, decodeValue, encodeError, encodeValue } from './clone.ts'
import { MAX_TASKS } from './limits.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Who waits for a task: the master, or a worker under a number of its own. */
interface Waiting {
  readonly asker: WorkerProcess | undefined
  readonly askersId: number
  readonly resolve: ((value: unknown) => void) | undefined
  readonly reject: ((error: Error) => void) | undefined
}

/** Takes tasks to task workers, and the answers back to who asked. */
export class TaskRouter {
  private readonly waiting = new IdMap<Waiting>()
  private readonly nextId: () => number
  /** The process for a task worker's index, or with -1 the least busy one. */
  private readonly choose: (index: number) => WorkerProcess | undefined

  constructor(nextId: () => number, choose: (index: number) => WorkerProcess | undefined) {
    this.nextId = nextId
    this.choose = choose
  }

  get size(): number {
    return this.waiting.size
  }

  /** A task of the master's. */
  submit(data: unknown, dst: number): Promise<unknown> {
    const payload = encodeValue(data)
    return new Promise((resolve, reject) => {
      this.give(payload, dst, { asker: undefined, askersId: 0, resolve, reject })
    })
  }

  /** A task of a worker's. */
  forward(asker: WorkerProcess, head: FrameHead, payload: Uint8Array): void {
    const waiting = { asker, askersId: head.messageId, resolve: undefined, reject: undefined }
    this.give(payload, head.workerId, waiting)
  }

  /** A task worker's answer. */
  finish(process: WorkerProcess, head: FrameHead, payload: Uint8Array): void {
    const waiting = this.waiting.get(head.messageId)
    if (waiting === undefined || !process.tasks.delete(head.messageId)) return
    this.waiting.delete(head.messageId)
    const isError = (head.flags & frameFlags.error) !== 0
    if (waiting.asker !== undefined) {
      waiting.asker.send(frameTypes.finish, waiting.askersId, payload, process.id, isError)
    } else if (isError) waiting.reject?.(decodeError(payload))
    else waiting.resolve?.(decodeValue(payload))
  }

  /** The process is gone, and the tasks in it. */
  lose(process: WorkerProcess): void {
    for (const id of process.tasks) {
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      if (waiting !== undefined) refuse(waiting, `Task worker ${process.id} is gone`)
    }
    process.tasks.clear()
  }

  private give(payload: Uint8Array, dst: number, waiting: Waiting): void {
    const process = this.choose(dst)
    if (process === undefined) refuse(waiting, `There is no task worker ${dst}`)
    else if (this.waiting.size >= MAX_TASKS) refuse(waiting, `${MAX_TASKS} tasks are waiting`)
    else {
      const id = this.nextId()
      this.waiting.set(id, waiting)
      process.tasks.add(id)
      process.served++
      process.send(frameTypes.task, id, payload, waiting.asker?.id ?? -1)
    }
  }
}

function refuse({ asker, askersId, reject }: Waiting, message: string): void {
  const error = Object.assign(new Error(message), { code: 'ERR_WORKER_TASK' })
  if (asker === undefined) reject?.(error)
  else asker.send(frameTypes.finish, askersId, encodeError(error), -1, true)
}
