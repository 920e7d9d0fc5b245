/** Slots of a deque that something was pushed to; always a power of two. */
const FIRST_CAPACITY = 4

/** Of all deques that never held anything: most of a connection's don't. */
const NO_SLOTS: never[] = []

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
    return item
  }

  clear(): void {
    this.slots = NO_SLOTS
    this.head = 0
    this.length = 0
  }

  private grow(): void {
    const { slots, head, length } = this
    const capacity = Math.max(FIRST_CAPACITY, slots.length * 2)
    const next: (T | undefined)[] = new Array(capacity).fill(undefined)
    for (let i = 0; i < length; i++) next[i] = slots[(head + i) & (slots.length - 1)]
    this.slots = next
    this.head = 0
  }
}
