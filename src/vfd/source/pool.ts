import {
  FIRST_REFILL_CHUNK,
  MAX_REFILL_BLOCK,
  MAX_REFILL_RETRIES,
  MIN_REFILL_CHUNK,
  REFILL_BACKOFF,
} from '../limits.ts'
import { isExhausted, type OwnedPair, type PairMaker } from './pair-maker.ts'

export interface PoolOptions {
  /** Pairs kept ready; 0 for none. Below half of it the pool is filled up again. */
  readonly size: number
  /** Pairs that may exist at once, ready and out. */
  readonly budget: () => number
  /** Called once, when refills failed too often in a row. */
  readonly onGivenUp: (error: Error) => void
}

/** Keeps pairs ready, so that a new connection does not wait for system calls or a helper. */
export class PairPool {
  readonly maker: PairMaker
  live = 0
  hits = 0
  misses = 0
  refills = 0
  failedRefills = 0
  longestRefill = 0
  private readonly options: PoolOptions
  private readonly ready: OwnedPair[] = []
  /** Pairs of one refill; halved when one kept the event loop too long, doubled when it was quick. */
  private chunk = FIRST_REFILL_CHUNK
  private failuresInRow = 0
  private filling: Promise<void> | undefined = undefined
  private timer: NodeJS.Timeout | undefined = undefined
  /** Set when the system had no descriptor left; a release clears it. */
  private exhausted = false
  /** Before that nothing is served, and the kernel's table of descriptors grows: slower once. */
  private started = false
  private givenUp = false
  private closed = false

  constructor(maker: PairMaker, options: PoolOptions) {
    this.maker = maker
    this.options = options
  }

  get pooled(): number {
    return this.ready.length
  }

  acquire(): OwnedPair | undefined {
    let pair = this.ready.pop()
    while (pair !== undefined && !pair.isFresh()) {
      pair.destroy()
      pair = this.ready.pop()
    }
    if (pair !== undefined) this.hits++
    else {
      this.misses++
      pair = this.makeNow()
    }
    if (pair !== undefined) this.live++
    if (this.ready.length < this.options.size / 2) this.refill()
    return pair
  }

  release(pair: OwnedPair): void {
    this.live--
    this.exhausted = false
    if (!this.closed && !this.givenUp && this.ready.length < this.options.size && pair.isFresh())
      this.ready.push(pair)
    else pair.destroy()
    if (this.ready.length < this.options.size / 2) this.refill()
  }

  /** Makes the first pairs; why there are none, or undefined. Then fills up in the background. */
  async start(): Promise<Error | undefined> {
    const { size } = this.options
    const budget = this.options.budget()
    if (budget === 0) return new Error('the limit on open files leaves no room for a pair')
    const failure = await this.fillOnce(Math.max(1, Math.min(this.chunk, size, budget)))
    if (this.ready.length === 0) return failure ?? new Error('made no pair')
    this.started = true
    this.refill()
    return undefined
  }

  /** Fills the pool up in the background. Fulfilled when it is full, or cannot be filled now. */
  refill(): Promise<void> {
    if (this.closed || this.givenUp || this.exhausted || this.timer !== undefined)
      return Promise.resolve()
    this.filling ??= this.fill().finally(() => {
      this.filling = undefined
    })
    return this.filling
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.timer)
    await this.maker.close()
    await this.filling
    this.dropReady()
  }

  private dropReady(): void {
    for (const pair of this.ready) pair.destroy()
    this.ready.length = 0
  }

  private makeNow(): OwnedPair | undefined {
    if (this.live + this.ready.length >= this.options.budget() || this.closed) return undefined
    try {
      return this.maker.makeNow()
    } catch (error) {
      if (!isExhausted(error)) this.failed(error as Error)
      return undefined
    }
  }

  private async fill(): Promise<void> {
    const { ready, options } = this
    for (;;) {
      // Not in the turn of whoever found the pool low, and behind what that turn has rung for: the
      // connection is to be told of before a helper is started, which takes some milliseconds.
      await nextTurn()
      await nextTurn()
      const room = options.budget() - this.live - ready.length
      const count = Math.min(this.chunk, options.size - ready.length, room)
      if (count <= 0 || this.closed) return
      const failure = await this.fillOnce(count)
      if (failure === undefined) this.failuresInRow = 0
      else {
        this.failed(failure)
        return
      }
    }
  }

  private async fillOnce(count: number): Promise<Error | undefined> {
    const before = performance.now()
    const making = this.maker.make(count)
    const blocked = performance.now() - before
    if (this.started) {
      this.longestRefill = Math.max(this.longestRefill, blocked)
      if (blocked > MAX_REFILL_BLOCK) this.chunk = Math.max(MIN_REFILL_CHUNK, this.chunk >> 1)
      else if (blocked < MAX_REFILL_BLOCK / 4)
        this.chunk = Math.min(FIRST_REFILL_CHUNK, this.chunk << 1)
    }
    const { pairs, failure } = await making
    for (const pair of pairs) {
      if (this.closed) pair.destroy()
      else this.ready.push(pair)
    }
    if (pairs.length > 0) this.refills++
    return failure
  }

  private failed(error: Error): void {
    if (this.closed) return
    this.failedRefills++
    if (isExhausted(error)) {
      this.exhausted = true
      return
    }
    if (this.failuresInRow++ === MAX_REFILL_RETRIES) {
      this.givenUp = true
      this.dropReady()
      this.options.onGivenUp(error)
      return
    }
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined
        this.refill()
      },
      REFILL_BACKOFF * 2 ** (this.failuresInRow - 1),
    ).unref()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
