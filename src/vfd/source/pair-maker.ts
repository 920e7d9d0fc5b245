import type { VfdKind, VfdPair } from './source.ts'

/** A pair as its maker and the pool see it. */
export interface OwnedPair extends VfdPair {
  /** Whether it is as new: both ends open, never opened as a stream, nothing written. */
  isFresh(): boolean
  /** Closes both ends, at once. */
  destroy(): void
}

/** What became of an order of pairs: a maker that fails half way gives what it has. */
export interface MadePairs {
  readonly pairs: readonly OwnedPair[]
  readonly failure: Error | undefined
}

/** Makes pairs, one way. */
export interface PairMaker {
  readonly kind: VfdKind
  /** One pair at once; undefined when they can only be made in the background. Throws. */
  makeNow(): OwnedPair | undefined
  /** Never rejects. */
  make(count: number): Promise<MadePairs>
  close(): Promise<void>
}

/** Whether the process or the system has no descriptor left: not the fault of a maker. */
export function isExhausted(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'EMFILE' || code === 'ENFILE'
}

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
