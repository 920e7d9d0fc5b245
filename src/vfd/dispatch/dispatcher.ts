import { ipKeyOf } from './ip-key.ts'
import {
  type Dispatcher,
  type DispatcherOptions,
  type DispatchFunction,
  type DispatchMode,
  type DispatchModeName,
  type DispatchSubject,
  dispatchAnswers,
  dispatchModes,
  type WorkerLoads,
} from './types.ts'

/** Requests of a connection go to one worker in these. */
const STICKY: ReadonlySet<DispatchModeName> = new Set(['fdmod', 'ipmod', 'coConnLb'])

const WARNING_INTERVAL = 1000

/**
 * The dispatcher of a mode, by its name or Swoole's number. Differs from Swoole where a QUIC connection
 * does: `fdmod` takes the session id, which is sequential while fds go in steps; `ipmod` takes the
 * address without the port, and as it was at the first dispatch, for a client may move.
 *
 * Throws `TypeError` for a mode that there is not, and for `userfunc` without a function.
 */
export function createDispatcher<Request = unknown>(
  mode: DispatchMode,
  options: DispatcherOptions<Request>,
): Dispatcher<Request> {
  const name = modeName(mode)
  if (name === 'userfunc' && options.dispatchFunction === undefined) {
    throw Object.assign(new TypeError('The dispatch mode userfunc needs a dispatchFunction'), {
      code: 'ERR_INVALID_ARG_VALUE',
    })
  }
  return new ModeDispatcher(name, options)
}

function modeName(mode: DispatchMode): DispatchModeName {
  for (const [name, number] of Object.entries(dispatchModes)) {
    if (mode === name || mode === number) return name as DispatchModeName
  }
  throw Object.assign(new TypeError(`There is no dispatch mode ${mode}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  })
}

class ModeDispatcher<Request> implements Dispatcher<Request> {
  readonly mode: DispatchModeName
  readonly isSticky: boolean
  private readonly loads: WorkerLoads
  private readonly userFunction: DispatchFunction<Request> | undefined
  private readonly onWarning: ((message: string) => void) | undefined
  private readonly now: () => number
  private readonly lastWarnings = new Map<string, number>()
  private counter = 0

  constructor(mode: DispatchModeName, options: DispatcherOptions<Request>) {
    this.mode = mode
    this.loads = options.loads
    this.userFunction = options.dispatchFunction
    this.isSticky = STICKY.has(mode) && this.userFunction === undefined
    this.onWarning = options.onWarning
    this.now = options.now ?? (() => performance.now())
  }

  dispatch(subject: DispatchSubject, request?: Request): number {
    if (this.userFunction !== undefined) {
      const answer = this.userAnswer(this.userFunction, subject, request)
      if (answer !== dispatchAnswers.fallThrough) return answer
    }
    const { size } = this.loads
    switch (this.mode) {
      case 'round':
        return this.nextAvailable()
      case 'fdmod':
        return subject.sessionId % size
      case 'ipmod':
        if (subject.workerId < 0) subject.workerId = ipKeyOf(subject.remote.address) % size
        return subject.workerId
      case 'uidmod':
        return (subject.uid > 0 ? subject.uid : subject.sessionId) % size
      case 'idleWorker':
      case 'userfunc':
        return this.nextIdle()
      case 'coConnLb':
        if (subject.workerId < 0) subject.workerId = this.leastBusy()
        return subject.workerId
      case 'coReqLb':
      case 'concurrentLb':
        return this.leastBusy()
    }
  }

  private userAnswer(
    choose: DispatchFunction<Request>,
    subject: DispatchSubject,
    request: Request | undefined,
  ): number {
    let answer: number
    try {
      answer = choose(subject, request)
    } catch (error) {
      this.warn('threw', `The dispatch function threw ${error}`)
      return dispatchAnswers.fallThrough
    }
    if (
      Number.isInteger(answer) &&
      answer >= dispatchAnswers.fallThrough &&
      answer < this.loads.size
    ) {
      return answer
    }
    this.warn('range', `The dispatch function chose ${answer} of ${this.loads.size} workers`)
    return dispatchAnswers.fallThrough
  }

  private next(): number {
    const workerId = this.counter
    this.counter = (workerId + 1) % this.loads.size
    return workerId
  }

  /** In turn, but past workers that have no process just now. */
  private nextAvailable(): number {
    const { loads } = this
    let workerId = this.next()
    for (let i = 1; i < loads.size && !loads.isAvailable(workerId); i++) workerId = this.next()
    return workerId
  }

  private nextIdle(): number {
    const { loads } = this
    let workerId = 0
    for (let probe = 0; probe <= loads.size; probe++) {
      workerId = this.next()
      if (loads.isAvailable(workerId) && loads.inFlight(workerId) === 0) return workerId
    }
    this.warn('idle', 'No worker is idle')
    return workerId
  }

  /** The search begins one further each time, so that equals share the work. */
  private leastBusy(): number {
    const { loads } = this
    const start = this.next()
    let best = start
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < loads.size; i++) {
      const workerId = (start + i) % loads.size
      if (!loads.isAvailable(workerId)) continue
      const inFlight = loads.inFlight(workerId)
      if (inFlight < least) {
        least = inFlight
        best = workerId
      }
    }
    return best
  }

  private warn(kind: string, message: string): void {
    if (this.onWarning === undefined) return
    const now = this.now()
    const last = this.lastWarnings.get(kind)
    if (last !== undefined && now - last < WARNING_INTERVAL) return
    this.lastWarnings.set(kind, now)
    this.onWarning(message)
  }
}
