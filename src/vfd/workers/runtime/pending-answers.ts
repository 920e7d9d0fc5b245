import { IdMap } from '../../../bytes/index.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Questions to the master, by number, until their answers come. */
export class PendingAnswers {
  private readonly pending = new IdMap<Pending>()
  private lastId = 0

  nextId(): number {
    return ++this.lastId
  }

  /** Asks under a new number; resolves or rejects with the answer. */
  wait(ask: (id: number) => void): Promise<unknown> {
    const id = this.nextId()
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject })
      ask(id)
    })
  }

  resolve(id: number, value: unknown): void {
    this.pending.get(id)?.resolve(value)
    this.pending.delete(id)
  }

  reject(id: number, error: Error): void {
    this.pending.get(id)?.reject(error)
    this.pending.delete(id)
  }
}
