import type { Packet } from '../packet.ts'
import type { LinkElement, Outlet } from './element.ts'

/** Drops the n-th datagrams that enter, counted from 1. */
export class DropList implements LinkElement {
  readonly name = 'dropList'
  private readonly numbers: ReadonlySet<number>
  private seen = 0

  constructor(numbers: readonly number[]) {
    this.numbers = new Set(numbers)
  }

  receive(packet: Packet, _now: number, out: Outlet): void {
    if (this.numbers.has(++this.seen)) out.drop(packet)
    else out.forward(packet, 0)
  }
}
