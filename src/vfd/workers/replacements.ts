import type { WorkerProcess } from './worker-process.ts'

interface Replacement {
  readonly old: WorkerProcess | undefined
  ready: boolean
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[]
}

/** Who waits until a process has taken the place of another. */
export class Replacements {
  private readonly bySuccessor = new Map<WorkerProcess, Replacement>()

  /** Resolves when `successor` is ready and the old process has left. */
  wait(successor: WorkerProcess, old: WorkerProcess | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let replacement = this.bySuccessor.get(successor)
      if (replacement === undefined) {
        replacement = { old, ready: false, waiting: [] }
        this.bySuccessor.set(successor, replacement)
      }
      replacement.waiting.push({ resolve, reject })
    })
  }

  ready(successor: WorkerProcess): void {
    const replacement = this.bySuccessor.get(successor)
    if (replacement === undefined) return
    replacement.ready = true
    this.settle(successor, replacement)
  }

  /** A process is gone; where it was a successor, it was not ready: `error` says so. */
  gone(process: WorkerProcess, error: Error): void {
    const own = this.bySuccessor.get(process)
    if (own !== undefined && !own.ready) {
      this.bySuccessor.delete(process)
      for (const { reject } of own.waiting) reject(error)
    }
    for (const [successor, replacement] of this.bySuccessor) {
      if (replacement.old === process) this.settle(successor, replacement)
    }
  }

  private settle(successor: WorkerProcess, { old, ready, waiting }: Replacement): void {
    if (!ready || (old !== undefined && !old.gone)) return
    this.bySuccessor.delete(successor)
    for (const { resolve } of waiting) resolve()
  }
}
