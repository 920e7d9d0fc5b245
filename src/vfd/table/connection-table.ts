import { EMULATED_BASE, MAX_CONNECTIONS } from '../limits.ts'
import { FdRange } from './fd-range.ts'
import type { ConnectionRecord } from './record.ts'

/**
 * Records by vfd, as Swoole's `connection_list`: a flat array, grown as numbers are taken, and a
 * second one for emulated numbers, which begin at 2^20. A slot's record is used again by the next
 * connection of that vfd.
 */
export class ConnectionTable<T> {
  private readonly real: FdRange<T>
  private readonly emulated: FdRange<T>

  /** @param length numbers of each kind; vfds at or above it are refused */
  constructor(length: number) {
    if (!Number.isInteger(length) || length < 1 || length > MAX_CONNECTIONS)
      throw new RangeError(`the length of a connection table is 1 to ${MAX_CONNECTIONS}`)
    this.real = new FdRange(0, length)
    this.emulated = new FdRange(EMULATED_BASE, length)
  }

  get minFd(): number {
    return this.real.minFd >= 0 ? this.real.minFd : this.emulated.minFd
  }

  get maxFd(): number {
    return this.emulated.maxFd >= 0 ? this.emulated.maxFd : this.real.maxFd
  }

  /** Whether the table has a slot for this vfd. */
  has(vfd: number): boolean {
    return this.range(vfd).has(vfd)
  }

  /** The slot of a vfd, even if it is free; undefined past the end. */
  get(vfd: number): ConnectionRecord<T> | undefined {
    return this.range(vfd).get(vfd)
  }

  /** The slot to put a connection into. `has(vfd)`, and no connection is in it. */
  take(vfd: number): ConnectionRecord<T> {
    return this.range(vfd).take(vfd)
  }

  /** To be told when a slot is free again. */
  freed(vfd: number): void {
    this.range(vfd).freed(vfd)
  }

  /** Records in use from `vfd` on, by number. */
  *from(vfd: number): IterableIterator<ConnectionRecord<T>> {
    yield* this.real.from(vfd)
    yield* this.emulated.from(vfd)
  }

  private range(vfd: number): FdRange<T> {
    return vfd >= EMULATED_BASE ? this.emulated : this.real
  }
}
