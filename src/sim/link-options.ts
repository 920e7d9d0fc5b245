import { Bandwidth, type BandwidthOptions } from './elements/bandwidth.ts'
import { Blackhole, type TimeWindow } from './elements/blackhole.ts'
import { BurstLoss, type BurstLossOptions } from './elements/burst-loss.ts'
import { Corrupt, type CorruptOptions } from './elements/corrupt.ts'
import { Delay } from './elements/delay.ts'
import { DropList } from './elements/drop-list.ts'
import { Duplicate } from './elements/duplicate.ts'
import type { LinkElement } from './elements/element.ts'
import { Loss } from './elements/loss.ts'
import { Mtu } from './elements/mtu.ts'
import { Reorder, type ReorderOptions } from './elements/reorder.ts'
import type { Random } from './random.ts'

/**
 * One direction of a link. What is not given does not happen; `{}` delivers everything at once.
 * A datagram passes the effects in the order in which they stand here.
 */
export interface LinkOptions {
  /** Elements of your own, made anew for each direction. */
  readonly elements?: (random: Random) => readonly LinkElement[]
  /** Numbers of the datagrams to drop, counted from 1. */
  readonly drop?: readonly number[]
  /** The largest UDP payload that passes, in bytes. */
  readonly mtu?: number
  readonly bandwidth?: BandwidthOptions
  /** When nothing passes. */
  readonly blackhole?: readonly TimeWindow[]
  /** The probability that a datagram is lost. */
  readonly loss?: number
  readonly burstLoss?: BurstLossOptions
  readonly corrupt?: CorruptOptions
  /** The probability that a datagram is sent twice. */
  readonly duplicate?: number
  /** Milliseconds one way. */
  readonly delay?: number
  /** Milliseconds that are added at most to `delay`; the order stays. */
  readonly jitter?: number
  readonly reorder?: ReorderOptions
}

/** The chain of elements that does what the options say. Throws `RangeError` for impossible ones. */
export function createElements(options: LinkOptions, random: Random): readonly LinkElement[] {
  const { drop, mtu, bandwidth, blackhole, loss, burstLoss, corrupt, duplicate, reorder } = options
  // Every element draws from a generator of its own, made in any case: to switch one effect on or
  // off changes nothing for the others.
  const lossRandom = random.fork()
  const burstRandom = random.fork()
  const corruptRandom = random.fork()
  const duplicateRandom = random.fork()
  const delayRandom = random.fork()
  const reorderRandom = random.fork()
  const chain: LinkElement[] = [...(options.elements?.(random.fork()) ?? [])]
  if (drop !== undefined) chain.push(new DropList(drop))
  if (mtu !== undefined) chain.push(new Mtu(mtu))
  if (bandwidth !== undefined) chain.push(new Bandwidth(bandwidth))
  if (blackhole !== undefined) chain.push(new Blackhole(blackhole))
  if (loss !== undefined) chain.push(new Loss(loss, lossRandom))
  if (burstLoss !== undefined) chain.push(new BurstLoss(burstLoss, burstRandom))
  if (corrupt !== undefined) chain.push(new Corrupt(corrupt, corruptRandom))
  if (duplicate !== undefined) chain.push(new Duplicate(duplicate, duplicateRandom))
  if (options.delay !== undefined || options.jitter !== undefined)
    chain.push(new Delay(options.delay ?? 0, options.jitter ?? 0, delayRandom))
  if (reorder !== undefined) chain.push(new Reorder(reorder, reorderRandom))
  return chain
}
