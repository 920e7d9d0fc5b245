import { EMULATED_BASE, MAX_EMULATED } from '../limits.ts'
import type { VfdPair } from './source.ts'

/** Numbers without descriptors, from 2^20 on: no real descriptor in a table is as high. */
export class EmulatedNumbers {
  private readonly limit: number
  private readonly free: number[] = []
  private next = EMULATED_BASE

  /** @param count numbers that may be out at once */
  constructor(count: number = MAX_EMULATED) {
    this.limit = EMULATED_BASE + count
  }

  acquire(): VfdPair | undefined {
    const vfd = this.free.pop() ?? (this.next < this.limit ? this.next++ : undefined)
    return vfd === undefined ? undefined : new EmulatedPair(vfd)
  }

  release(pair: VfdPair): void {
    this.free.push(pair.vfd)
  }
}

class EmulatedPair implements VfdPair {
  readonly kind = 'emulated'
  readonly peer = -1
  readonly vfd: number

  constructor(vfd: number) {
    this.vfd = vfd
  }

  open(): undefined {
    return undefined
  }

  signal(): boolean {
    return false
  }
}
