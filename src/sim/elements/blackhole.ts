import type { Packet } from '../packet.ts'
import type { LinkElement, Outlet } from './element.ts'

/** From `start` (inclusive) to `end` (exclusive), in milliseconds of the simulator's clock. */
export interface TimeWindow {
  readonly start: number
  readonly end: number
}

/** Drops all that enters within any of the windows. */
export class Blackhole implements LinkElement {
  readonly name = 'blackhole'
  private readonly windows: readonly TimeWindow[]

  constructor(windows: readonly TimeWindow[]) {
    this.windows = windows
  }

  receive(packet: Packet, now: number, out: Outlet): void {
    for (const { start, end } of this.windows) {
      if (now >= start && now < end) {
        out.drop(packet)
        return
      }
    }
    out.forward(packet, 0)
  }
}
