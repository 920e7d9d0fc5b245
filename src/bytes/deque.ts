/** Slots of a deque that something was pushed to; always a power of two. */
const FIRST_CAPACITY = 4

/** Of all deques that hold nothing: at rest, most of a connection's don't. */
const NO_SLOTS: never[] = []

/** Empty slots of first capacity that deques have given back, and the next ones take. */
const SPARE: undefined[][] = []
const MAX_SPARE = 256

/** A ring buffer: push at the back, take from the front, both in constant time. */
export class Deque<T> {
  private slots: (T | undefined)[] = NO_SLOTS
  private head = 0
  length = 0

  push(item: T): void {
    if (this.length === this.slots.length) this.grow()
    this.slots[(this.head + this.length) & (this.slots.length - 1)] = item
    this.length++
  }

  unshift(item: T): void {
    if (this.length === this.slots.length) this.grow()
    this.head = (this.head - 1) & (this.slots.length - 1)
    this.slots[this.head] = item
    this.length++
  }

  peek(): T | undefined {
    return this.length === 0 ? undefined : this.slots[this.head]
  }

  /** The item `index` places behind the front. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.length) return undefined
    return this.slots[(this.head + index) & (this.slots.length - 1)]
  }

  /** Replaces the item `index` places behind the front, which must be there. */
  set(index: number, item: T): void {
    this.slots[(this.head + index) & (this.slots.length - 1)] = item
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.slots[this.head]
    this.slots[this.head] = undefined
    this.head = (this.head + 1) & (this.slots.length - 1)
    this.length--
    if (this.length === 0 && this.slots.length === FIRST_CAPACITY) this.giveBack()
    return item
  }

  clear(): void {
    this.slots = NO_SLOTS
    this.head = 0
    this.length = 0
  }

  private giveBack(): void {
    if (SPARE.length < MAX_SPARE) SPARE.push(this.slots as undefined[])
    this.slots = NO_SLOTS
    this.head = 0
  }

  private grow(): void {
    const { slots, head, length } = this
    if (slots === NO_SLOTS) {
      this.slots = SPARE.pop() ?? new Array(FIRST_CAPACITY).fill(undefined)
      return
    }
    const next: (T | undefined)[] = new Array(slots.length * 2).fill(undefined)
    for (let i = 0; i < length; i++) next[i] = slots[(head + i) & (slots.length - 1)]
    this.slots = next
    this.head = 0
  }
}
