import { FD_RESERVE, POOL_SIZE } from '../limits.ts'
import { EmulatedNumbers } from './emulated.ts'
import { descriptorLimit, pairBudget, resolveMaxConnections } from './fd-limit.ts'
import { loadFfi } from './ffi.ts'
import { HelperMaker } from './helper.ts'
import { loadKoffi } from './koffi.ts'
import { loadNative } from './native.ts'
import { errorCode, type OwnedPair, type PairMaker } from './pair-maker.ts'
import { PairPool } from './pool.ts'
import type { VfdKind, VfdPair, VfdSource, VfdSourceStats, VfdWarning } from './source.ts'
import { UnixMaker } from './unix.ts'

/** The ladder, best first. */
export const vfdKinds = ['native', 'ffi', 'koffi', 'helper', 'unix', 'emulated'] as const

export interface VfdSourceOptions {
  /**
   * The way to begin with; those before it are not tried. By default the first one that is there: an
   * addon is there when one is named, and a missing module is no failure.
   */
  readonly prefer?: VfdKind
  /** Refuses when there is no real pair instead of emulating one; default false. */
  readonly strict?: boolean
  /** Called once for every way that fails, now or later. */
  readonly onWarning: (warning: VfdWarning) => void
  /** The addon's `.node` file; default the environment's `TSQUIC_VFD_ADDON`. */
  readonly addon?: string
  /** The program that runs the helper's script; default this Node. */
  readonly helperPath?: string
  /** Pairs kept ready; default 128. */
  readonly poolSize?: number
  /** Connections that the owner's table takes; default as `resolveMaxConnections`. */
  readonly maxConnections?: number
}

/**
 * The best source that works here, with its first pairs made.
 *
 * Rejects with `ERR_VFD_NO_SOURCE` when it is to be strict and there is no real one.
 */
export async function createVfdSource(options: VfdSourceOptions): Promise<VfdSource> {
  // What pairs are made with does not keep the process alive; waiting for the first ones does.
  const alive = setInterval(() => {}, 1_000)
  try {
    const source = new LadderSource(options)
    await source.start()
    return source
  } finally {
    clearInterval(alive)
  }
}

/** Goes down the ladder whenever the way that it stands on fails; emulates in between. */
class LadderSource implements VfdSource {
  private readonly options: VfdSourceOptions
  private readonly emulatedNumbers: EmulatedNumbers
  private readonly budget: number
  private pool: PairPool | undefined = undefined
  /** Makes pairs at once where the pool is empty and its maker cannot. Keeps none ready. */
  private spare: PairPool | undefined = undefined
  /** Given up; their pairs may still be out. */
  private readonly retired: PairPool[] = []
  private emulatedLive = 0
  private emulated = 0
  private refused = 0
  private closed = false

  constructor(options: VfdSourceOptions) {
    this.options = options
    this.budget = pairBudget()
    this.emulatedNumbers = new EmulatedNumbers()
  }

  get kind(): VfdKind {
    return this.pool?.maker.kind ?? 'emulated'
  }

  get stats(): VfdSourceStats {
    const pools = this.pool === undefined ? this.retired : [...this.retired, this.pool]
    const spareLive = this.spare?.live ?? 0
    const sum = (value: (pool: PairPool) => number) =>
      pools.reduce((total, pool) => total + value(pool), 0)
    return {
      live: this.emulatedLive + spareLive + sum((pool) => pool.live),
      pooled: sum((pool) => pool.pooled),
      hits: sum((pool) => pool.hits),
      misses: sum((pool) => pool.misses),
      refills: sum((pool) => pool.refills),
      failedRefills: sum((pool) => pool.failedRefills),
      longestRefill: pools.reduce((longest, pool) => Math.max(longest, pool.longestRefill), 0),
      emulated: this.emulated,
      refused: this.refused,
    }
  }

  async start(): Promise<void> {
    await this.descend(vfdKinds.indexOf(this.options.prefer ?? 'native'))
    if (this.options.strict && this.options.prefer !== 'emulated' && this.pool === undefined)
      throw Object.assign(new Error('no source of real virtual fds works here'), {
        code: 'ERR_VFD_NO_SOURCE',
      })
  }

  acquire(): VfdPair | undefined {
    const pair = this.pool?.acquire() ?? this.spare?.acquire()
    if (pair !== undefined) return pair
    const refuses = this.options.strict && this.options.prefer !== 'emulated'
    const number = refuses ? undefined : this.emulatedNumbers.acquire()
    if (number === undefined) {
      this.refused++
      return undefined
    }
    this.emulated++
    this.emulatedLive++
    return number
  }

  release(pair: VfdPair): void {
    if (pair.kind === 'emulated') {
      this.emulatedLive--
      this.emulatedNumbers.release(pair)
      return
    }
    // Two of a kind, once the spare one's is what the ladder stands on, are as good as one.
    for (const pool of [this.spare, this.pool, ...this.retired]) {
      if (pool?.maker.kind !== pair.kind || pool.live === 0) continue
      pool.release(pair as OwnedPair)
      return
    }
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all([...this.retired, this.pool, this.spare].map((pool) => pool?.close()))
  }

  /** Stands on the first way from `index` on that gives a pair. */
  private async descend(index: number): Promise<void> {
    for (let at = index; at < vfdKinds.length - 1 && !this.closed; at++) {
      const kind = vfdKinds[at]!
      const failure = await this.tryKind(kind, at)
      if (failure === undefined) return
      if (!this.isAbsent(kind, failure)) this.warn(at, failure)
    }
  }

  /** Undefined when `kind` is in use from now on; otherwise why not. */
  private async tryKind(kind: VfdKind, at: number): Promise<Error | undefined> {
    let maker: PairMaker
    try {
      maker = await this.load(kind)
    } catch (error) {
      return error as Error
    }
    const pool: PairPool = new PairPool(maker, {
      size: this.options.poolSize ?? POOL_SIZE,
      budget: () => this.budget - (this.spare?.live ?? 0),
      onGivenUp: (error) => this.giveUp(pool, at, error),
    })
    const failure = await pool.start()
    if (failure !== undefined || this.closed) {
      await pool.close()
      return failure ?? new Error('the source was closed')
    }
    this.pool = pool
    if (kind === 'helper') await this.openSpare(pool)
    return undefined
  }

  /** Where there are no Unix sockets a burst has to do with numbers. */
  private async openSpare(pool: PairPool): Promise<void> {
    let maker: PairMaker
    try {
      maker = await UnixMaker.listen()
    } catch {
      return
    }
    this.spare = new PairPool(maker, {
      size: 0,
      budget: () => this.budget - pool.live - pool.pooled,
      onGivenUp: () => {},
    })
  }

  private async load(kind: VfdKind): Promise<PairMaker> {
    switch (kind) {
      case 'native': {
        const path = this.options.addon ?? process.env.TSQUIC_VFD_ADDON
        if (path === undefined) throw absent('no addon is named')
        return loadNative(path, this.lowestPeer())
      }
      case 'ffi':
        return loadFfi(this.lowestPeer())
      case 'koffi':
        return loadKoffi(this.lowestPeer())
      case 'helper':
        return new HelperMaker(this.options.helperPath)
      default:
        return await UnixMaker.listen()
    }
  }

  /** Above every vfd that the table can take, and within the limit: half of it is for each end. */
  private lowestPeer(): number {
    const limit = descriptorLimit()
    const enough = resolveMaxConnections(this.options.maxConnections, limit) + FD_RESERVE
    return Math.min(Math.floor(limit / 2), enough)
  }

  /** What nobody asked for by name and is not installed is no failure. */
  private isAbsent(kind: VfdKind, failure: Error): boolean {
    if (kind === this.options.prefer) return false
    const code = errorCode(failure)
    return code === 'MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE'
  }

  private giveUp(pool: PairPool, at: number, error: Error): void {
    this.retired.push(pool)
    this.pool = undefined
    this.warn(at, error)
    if (!this.closed) void this.descend(at + 1)
  }

  private warn(at: number, failure: Error): void {
    const kind = vfdKinds[at]!
    const next = vfdKinds[at + 1]!
    this.options.onWarning({ kind, next, message: `${kind}: ${failure.message}; trying ${next}` })
  }
}

function absent(message: string): Error {
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' })
}
