import type { Socket } from 'node:net'

/**
 * How a pair was made. The first four are ends of a `socketpair(2)`; `unix` is a Unix socket
 * connected to ourselves; `emulated` is a number without a descriptor.
 */
export type VfdKind = 'native' | 'ffi' | 'koffi' | 'helper' | 'unix' | 'emulated'

/** A virtual fd with the internal end that signals it. Both are open until the pair is released. */
export interface VfdPair {
  readonly kind: VfdKind
  /** The number that stands for a connection. */
  readonly vfd: number
  /** The internal end; -1 when the pair is emulated. */
  readonly peer: number
  /**
   * The stream that owns the vfd, made by the first call and unref'ed; undefined when the pair is
   * emulated. It is closed by releasing the pair and in no other way.
   */
  open(): Socket | undefined
  /**
   * Makes the vfd readable: one byte into the internal end. A full buffer counts as done. False when
   * there is no descriptor, or when the vfd is gone.
   */
  signal(): boolean
}

/** What a source did since it was made, and what it holds now. */
export interface VfdSourceStats {
  /** Pairs handed out and not yet released, emulated ones included. */
  readonly live: number
  /** Pairs that are ready to be handed out. */
  readonly pooled: number
  /** Pairs that came out of the pool. */
  readonly hits: number
  /** Times that the pool was empty. */
  readonly misses: number
  /** Batches of pairs that were added to the pool. */
  readonly refills: number
  readonly failedRefills: number
  /** The longest that one refill kept the event loop, in ms. */
  readonly longestRefill: number
  /** Emulated pairs handed out, from a source of real ones as well. */
  readonly emulated: number
  /** Pairs refused because the source is strict. */
  readonly refused: number
}

/** Gives out virtual fds. */
export interface VfdSource {
  /** How pairs are made now; it changes when a source is given up for the next one. */
  readonly kind: VfdKind
  readonly stats: VfdSourceStats
  /** Never waits. Undefined when there is no real pair and the source is strict. */
  acquire(): VfdPair | undefined
  /** Closes both ends, or keeps them for another connection. At most once a pair. */
  release(pair: VfdPair): void
  /** Closes what is pooled and stops making pairs. Pairs that are out stay open until released. */
  close(): Promise<void>
}

/** Why a source is not, or no longer, in use. */
export interface VfdWarning {
  readonly kind: VfdKind
  /** What is used instead. */
  readonly next: VfdKind
  readonly message: string
}
