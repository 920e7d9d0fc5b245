import { ConnectionRecord } from './record.ts'

/** A flat array of records over numbers from `base` on, with the bounds of those in use. */
export class FdRange<T> {
  readonly base: number
  /** The lowest number that was ever taken (it never rises) and the highest in use; -1 for none. */
  minFd = -1
  maxFd = -1
  private readonly length: number
  private readonly slots: (ConnectionRecord<T> | undefined)[] = []

  constructor(base: number, length: number) {
    this.base = base
    this.length = length
  }

  has(fd: number): boolean {
    return Number.isInteger(fd) && fd >= this.base && fd - this.base < this.length
  }

  /** The slot of `fd`, whether it is taken or not; undefined when it never was, or is out of range. */
  get(fd: number): ConnectionRecord<T> | undefined {
    return this.has(fd) ? this.slots[fd - this.base] : undefined
  }

  /** The slot of `fd`, which `has`; made if it was never taken. */
  take(fd: number): ConnectionRecord<T> {
    const { slots } = this
    const index = fd - this.base
    // Filled up to it: an array with far gaps would become a hash table.
    while (slots.length <= index) slots.push(undefined)
    slots[index] ??= new ConnectionRecord<T>()
    if (this.minFd < 0 || fd < this.minFd) this.minFd = fd
    if (fd > this.maxFd) this.maxFd = fd
    return slots[index]
  }

  /** Lowers the upper bound past slots that are free, after `fd` became so. */
  freed(fd: number): void {
    if (fd !== this.maxFd) return
    let top = fd
    while (top >= this.base && this.slots[top - this.base]?.active !== true) top--
    this.maxFd = top < this.base ? -1 : top
  }

  *from(fd: number): IterableIterator<ConnectionRecord<T>> {
    if (this.minFd < 0) return
    for (let at = Math.max(fd, this.minFd); at <= this.maxFd; at++) {
      const record = this.slots[at - this.base]
      if (record?.active === true) yield record
    }
  }
}
