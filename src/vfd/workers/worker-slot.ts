import { MAX_RESTART_DELAY, RESTART_DELAY, STABLE_AFTER } from './limits.ts'
import type { WorkerKind } from './types.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The pause, in ms, after so many processes in a row that ended soon. */
export function restartDelay(failures: number): number {
  if (failures <= 1) return 0
  return Math.min(RESTART_DELAY * 2 ** (failures - 2), MAX_RESTART_DELAY)
}

/** One worker id: the process that has it, the one that is to have it, and those that had it. */
export class WorkerSlot {
  readonly id: number
  readonly kind: WorkerKind
  /** Gets the requests; undefined during the pause after a crash. */
  current: WorkerProcess | undefined = undefined
  /** Takes over when it is ready. */
  successor: WorkerProcess | undefined = undefined
  readonly leaving = new Set<WorkerProcess>()
  /** Requests after which the present process is to be replaced. */
  budget = Number.POSITIVE_INFINITY
  private failures = 0
  private timer: NodeJS.Timeout | undefined

  constructor(id: number, kind: WorkerKind) {
    this.id = id
    this.kind = kind
  }

  get processes(): WorkerProcess[] {
    const { current, successor } = this
    return [current, successor, ...this.leaving].filter((process) => process !== undefined)
  }

  /** Starts a process again: at once, but more and more slowly where each ends soon. */
  restartAfter(lifetime: number, start: () => void): void {
    this.failures = lifetime >= STABLE_AFTER ? 0 : this.failures + 1
    const delay = restartDelay(this.failures)
    if (delay === 0) start()
    else this.timer = setTimeout(start, delay)
  }

  cancelRestart(): void {
    clearTimeout(this.timer)
  }
}
