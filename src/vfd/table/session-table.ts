import { SESSION_SLOTS } from '../limits.ts'

/**
 * Session ids: numbers from 1 that only grow, each with the slot of its remainder. A slot that is
 * still taken is passed over, and its id with it.
 */
export class SessionTable {
  /** The last id that was given out. */
  round: number
  private readonly slots: number
  private readonly ids: Float64Array
  /** The vfd plus one; 0 for a free slot, so that slots take no memory before they are used. */
  private readonly fds: Int32Array

  /**
   * @param slots a power of two is not needed
   * @param startSessionId ids begin behind it; default 0
   */
  constructor(slots: number = SESSION_SLOTS, startSessionId = 0) {
    this.slots = slots
    this.round = startSessionId
    this.ids = new Float64Array(slots)
    this.fds = new Int32Array(slots)
  }

  /**
   * The next id, its slot taken for `vfd`; undefined when `probes` slots in a row were taken. Then
   * nothing has changed.
   */
  allocate(vfd: number, probes: number): number | undefined {
    const tries = Math.min(probes, this.slots)
    for (let id = this.round + 1; id <= this.round + tries; id++) {
      const slot = id % this.slots
      if (this.fds[slot] !== 0) continue
      this.ids[slot] = id
      this.fds[slot] = vfd + 1
      this.round = id
      return id
    }
    return undefined
  }

  /** The vfd of a session; undefined when the id is not, or no longer, given out. */
  find(sessionId: number): number | undefined {
    const slot = sessionId % this.slots
    if (this.ids[slot] !== sessionId) return undefined
    const next = this.fds[slot]!
    return next === 0 ? undefined : next - 1
  }

  free(sessionId: number): void {
    const slot = sessionId % this.slots
    if (this.ids[slot] === sessionId) this.fds[slot] = 0
  }
}
