import type { Packet } from '../packet.ts'

/** Where an element puts a packet that it is done with. */
export interface Outlet {
  /** Hands the packet to the next element after `delay` milliseconds (0: now, before it returns). */
  forward(packet: Packet, delay: number): void
  drop(packet: Packet): void
  /** Notes in the trace that the packet was changed, or sent once more. */
  mark(packet: Packet): void
}

/**
 * One effect of one direction of a link. Elements are chained: what one forwards the next receives.
 * All time is virtual and all randomness comes from the `Random` of its link, so that a run can be
 * repeated.
 */
export interface LinkElement {
  /** For the trace. */
  readonly name: string
  receive(packet: Packet, now: number, out: Outlet): void
}

/** Throws `RangeError` unless `value` is a probability. */
export function checkProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}, not within 0 and 1`)
}

/** Throws `RangeError` unless `value` is at least `least`. */
export function checkAtLeast(name: string, value: number, least: number): void {
  if (!(value >= least)) throw new RangeError(`${name} is ${value}, below ${least}`)
}
