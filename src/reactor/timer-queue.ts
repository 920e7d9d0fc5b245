import { type HeapItem, MinHeap, NOT_IN_HEAP } from '../bytes/index.ts'

interface Timer extends HeapItem {
  readonly id: number
  readonly callback: () => void
  /** 0 for a timer that runs once. */
  readonly period: number
  due: number
}

/** The shortest delay and period, in ms. */
const MIN_DELAY = 1

/** Timers by number. It reads no clock: whoever owns it asks for `nextDue` and calls `run`. */
export class TimerQueue {
  private readonly heap = new MinHeap<Timer>()
  /** Those that are not cleared. The heap may hold others for a while. */
  private readonly timers = new Map<number, Timer>()
  private lastId = 0

  get size(): number {
    return this.timers.size
  }

  /** When the next one is due; undefined when there is none. */
  get nextDue(): number | undefined {
    const { heap } = this
    for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
      if (this.timers.has(top.id)) return top.due
      heap.pop()
    }
    return undefined
  }

  /** Runs once, `delay` ms (at least 1) from `now`. Returns its number. */
  after(now: number, delay: number, callback: () => void): number {
    return this.add(now + Math.max(delay, MIN_DELAY), 0, callback)
  }

  /** Runs every `period` ms (at least 1). Periods that were missed are left out. */
  tick(now: number, period: number, callback: () => void): number {
    const every = Math.max(period, MIN_DELAY)
    return this.add(now + every, every, callback)
  }

  /** False when there is no such timer, or no longer. A callback may clear its own. */
  clear(id: number): boolean {
    return this.timers.delete(id)
  }

  clearAll(): void {
    this.timers.clear()
  }

  /** Runs what is due; a timer that is added meanwhile waits for another call. */
  run(now: number): void {
    const newest = this.lastId
    const added: Timer[] = []
    const { heap, timers } = this
    try {
      for (let due = this.nextDue; due !== undefined && due <= now; due = this.nextDue) {
        const timer = heap.pop()!
        if (timer.id > newest) {
          added.push(timer)
          continue
        }
        if (timer.period === 0) timers.delete(timer.id)
        else {
          const periods = Math.floor((now - timer.due) / timer.period) + 1
          timer.due += periods * timer.period
          heap.push(timer.due, timer)
        }
        timer.callback()
      }
    } finally {
      for (const timer of added) heap.push(timer.due, timer)
    }
  }

  private add(due: number, period: number, callback: () => void): number {
    const timer = { id: ++this.lastId, callback, period, due, heapIndex: NOT_IN_HEAP }
    this.timers.set(timer.id, timer)
    this.heap.push(due, timer)
    return timer.id
  }
}
