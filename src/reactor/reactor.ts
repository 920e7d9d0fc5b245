import type { Socket } from 'node:net'
import { ERROR, READ, WRITE } from './event-mask.ts'
import { MAX_READY_PER_TURN, MAX_TIMER_DELAY, REACTOR_BUFFER_SIZE } from './limits.ts'
import { ReadyList, type ReadyTarget } from './ready-list.ts'
import { TimerQueue } from './timer-queue.ts'
import { Watch, type WatchHandlers } from './watch.ts'

export interface ReactorOptions {
  /** Bytes that may wait to be written to one descriptor; default 8 MiB. */
  readonly bufferSize?: number
}

/**
 * An event loop in Swoole's shape on top of Node's. A turn is what follows one poll: what was read
 * is handled as it comes, then come writers, ready lists, timers, deferred calls, and the call of
 * every turn. Without anything to do there are no turns.
 *
 * What a handler throws is uncaught; the rest of the turn is done in the next one.
 */
export class Reactor {
  private readonly bufferSize: number
  private readonly watches = new Map<number, Watch>()
  private readonly writers = new Set<Watch>()
  private readonly lists: { drain(most: number): void }[] = []
  private readonly timers = new TimerQueue()
  private deferred: (() => void)[] = []
  private onTurn: (() => void) | undefined = undefined
  private beforePoll: (() => void) | undefined = undefined
  private readonly exitConditions: (() => boolean)[] = []
  private readonly runTurn = () => this.turn()
  private readonly onWatchEvent = (watch: Watch) => this.watchEvent(watch)
  private immediate: NodeJS.Immediate | undefined = undefined
  private timer: NodeJS.Timeout | undefined = undefined
  private timerDue = 0
  private waiting:
    | { promise: Promise<void>; resolve: () => void; alive: NodeJS.Timeout }
    | undefined = undefined

  constructor(options: ReactorOptions = {}) {
    this.bufferSize = options.bufferSize ?? REACTOR_BUFFER_SIZE
  }

  /**
   * Watches a descriptor through the stream that owns it; it stays the caller's to close. Throws
   * when the descriptor is watched already.
   *
   * @param events of READ, WRITE, ERROR and ONCE; default READ
   */
  add(fd: number, socket: Socket, handlers: WatchHandlers, events: number = READ): void {
    if (this.watches.has(fd)) throw new Error(`descriptor ${fd} is watched already`)
    const watch = new Watch(fd, socket, handlers, events, this.onWatchEvent)
    this.watches.set(fd, watch)
    if ((events & WRITE) !== 0) this.arm(watch)
  }

  /** Replaces the mask, and the handlers when given. Throws when the descriptor is not watched. */
  set(fd: number, events: number, handlers?: WatchHandlers): void {
    const watch = this.watches.get(fd)
    if (watch === undefined) throw new Error(`descriptor ${fd} is not watched`)
    watch.events = events
    if (handlers !== undefined) watch.handlers = handlers
    watch.update()
    if ((events & WRITE) !== 0) this.arm(watch)
    else this.writers.delete(watch)
  }

  /** From now on none of its handlers runs. False when the descriptor is not watched. */
  del(fd: number): boolean {
    const watch = this.watches.get(fd)
    if (watch === undefined) return false
    this.watches.delete(fd)
    this.writers.delete(watch)
    watch.remove()
    this.checkExit()
    return true
  }

  /** Whether a descriptor is watched for any of these events. */
  isset(fd: number, events: number = READ | WRITE | ERROR): boolean {
    const watch = this.watches.get(fd)
    return watch !== undefined && (watch.events & events) !== 0
  }

  /**
   * Writes to a watched descriptor; what the kernel does not take waits, and must not change until
   * then. False, and nothing is written, when more than the buffer's size would wait, or nobody
   * reads.
   */
  write(fd: number, data: Uint8Array): boolean {
    const socket = this.watches.get(fd)?.socket
    if (socket === undefined || !socket.writable) return false
    if (socket.writableLength + data.length > this.bufferSize) return false
    socket.write(data)
    return true
  }

  /** Calls back at the end of this turn; from such a call, at the end of the next one. */
  defer(callback: () => void): void {
    this.deferred.push(callback)
    this.schedule()
  }

  /**
   * Sets the one call at the end of every turn, after all deferred ones; with `before` the one
   * right before the next poll. Undefined removes it.
   */
  cycle(callback: (() => void) | undefined, before = false): void {
    if (before) this.beforePoll = callback
    else this.onTurn = callback
    this.schedule()
  }

  /** Calls back once, in `delay` ms (at least 1). Returns a number for `clear`. */
  after(delay: number, callback: () => void): number {
    const id = this.timers.after(performance.now(), delay, callback)
    this.armTimer()
    return id
  }

  /** Calls back every `period` ms (at least 1). Periods that were missed are left out. */
  tick(period: number, callback: () => void): number {
    const id = this.timers.tick(performance.now(), period, callback)
    this.armTimer()
    return id
  }

  clear(id: number): boolean {
    const existed = this.timers.clear(id)
    this.armTimer()
    this.checkExit()
    return existed
  }

  /** A list whose doorbell is this loop: what is notified in one turn is delivered in the next. */
  readyList<T extends ReadyTarget>(onReady: (target: T, kinds: number) => void): ReadyList<T> {
    const list = new ReadyList<T>(() => this.schedule(), onReady)
    this.lists.push(list)
    return list
  }

  /** One more condition of `wait`: it ends only when all of them are true. */
  addExitCondition(condition: () => boolean): void {
    this.exitConditions.push(condition)
  }

  /** Fulfilled when there is nothing left to wait for: no descriptor, timer or deferred call. */
  wait(): Promise<void> {
    if (this.waiting === undefined) {
      let resolve = (): void => {}
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      // Streams of vfds do not keep the process alive; someone who waits does.
      this.waiting = { promise, resolve, alive: setInterval(() => this.checkExit(), 1_000) }
    }
    const { promise } = this.waiting
    this.schedule()
    return promise
  }

  /** Drops every descriptor, timer and deferred call. */
  exit(): void {
    for (const fd of this.watches.keys()) this.del(fd)
    this.timers.clearAll()
    this.deferred = []
    this.onTurn = undefined
    this.beforePoll = undefined
    clearTimeout(this.timer)
    this.timer = undefined
    this.endWait()
  }

  private schedule(): void {
    this.immediate ??= setImmediate(this.runTurn)
  }

  private turn(): void {
    this.immediate = undefined
    let completed = false
    try {
      // A handler may add writers: those wait for the next turn.
      if (this.writers.size > 0)
        for (const watch of [...this.writers]) if (watch.canWrite) watch.write()
      for (const list of this.lists) list.drain(MAX_READY_PER_TURN)
      this.timers.run(performance.now())
      this.runDeferred()
      this.onTurn?.()
      this.beforePoll?.()
      completed = true
    } finally {
      this.armTimer()
      if (!completed || this.hasWork()) this.schedule()
      else this.checkExit()
    }
  }

  private runDeferred(): void {
    const { deferred } = this
    this.deferred = []
    let done = 0
    try {
      for (const callback of deferred) {
        done++
        callback()
      }
    } finally {
      if (done < deferred.length) this.deferred = [...deferred.slice(done), ...this.deferred]
    }
  }

  private hasWork(): boolean {
    if (this.deferred.length > 0) return true
    for (const watch of this.writers) if (watch.canWrite) return true
    return false
  }

  private watchEvent(watch: Watch): void {
    if (watch.events === 0 && !watch.removed && this.watches.get(watch.fd) === watch)
      this.del(watch.fd)
    this.schedule()
  }

  private arm(watch: Watch): void {
    this.writers.add(watch)
    this.schedule()
  }

  /** One timer of Node for all of ours; it may be early when the first of them was cleared. */
  private armTimer(): void {
    const due = this.timers.nextDue
    if (due === undefined || (this.timer !== undefined && this.timerDue > due)) {
      clearTimeout(this.timer)
      this.timer = undefined
    }
    if (due === undefined || this.timer !== undefined) return
    const now = performance.now()
    const delay = Math.min(Math.max(1, Math.ceil(due - now)), MAX_TIMER_DELAY)
    this.timerDue = now + delay
    this.timer = setTimeout(() => {
      this.timer = undefined
      clearImmediate(this.immediate)
      this.turn()
    }, delay)
  }

  private checkExit(): void {
    if (this.waiting === undefined) return
    const idle = this.watches.size === 0 && this.timers.size === 0 && this.deferred.length === 0
    if (idle && this.exitConditions.every((condition) => condition())) this.endWait()
  }

  private endWait(): void {
    if (this.waiting === undefined) return
    clearInterval(this.waiting.alive)
    this.waiting.resolve()
    this.waiting = undefined
  }
}
