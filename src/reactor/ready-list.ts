import { Deque } from '../bytes/index.ts'
import { MAX_READY_PER_TURN } from './limits.ts'

/** Something that events can wait for. */
export interface ReadyTarget {
  /** The kinds of events that wait, as bits; 0 when none do. The list sets and clears it. */
  readyKinds: number
}

/**
 * Targets with something to tell, each at most once, in the order in which they became so. One
 * doorbell for all of them, rung when the list stops being empty.
 */
export class ReadyList<T extends ReadyTarget> {
  private readonly targets = new Deque<T>()
  private readonly ring: () => void
  private readonly onReady: (target: T, kinds: number) => void
  private held = false

  /**
   * @param ring has `drain` called soon
   * @param onReady may notify any target, the same one too
   */
  constructor(ring: () => void, onReady: (target: T, kinds: number) => void) {
    this.ring = ring
    this.onReady = onReady
  }

  /** Entries; a target that was taken back (`readyKinds = 0`) is one until its turn. */
  get length(): number {
    return this.targets.length
  }

  /** Adds kinds to what waits for a target. */
  notify(target: T, kinds: number): void {
    const waits = target.readyKinds !== 0
    target.readyKinds |= kinds
    if (waits || target.readyKinds === 0) return
    this.targets.push(target)
    if (this.targets.length === 1 && !this.held) this.ring()
  }

  /** From now on what is notified waits for `release`, and the bell is silent. */
  hold(): void {
    this.held = true
  }

  /** Drains as much as a turn may, at once and in place of the bell. */
  release(): void {
    this.held = false
    this.drain(MAX_READY_PER_TURN)
  }

  /**
   * Delivers to `most` targets at most, of those that wait now. Rings again for the rest, and for
   * what came meanwhile, so that one busy target does not keep the others waiting.
   */
  drain(most: number): void {
    const { targets } = this
    try {
      for (let left = Math.min(most, targets.length); left > 0; left--) {
        const target = targets.shift()!
        const kinds = target.readyKinds
        if (kinds === 0) continue
        target.readyKinds = 0
        this.onReady(target, kinds)
      }
    } finally {
      if (targets.length > 0) this.ring()
    }
  }
}
