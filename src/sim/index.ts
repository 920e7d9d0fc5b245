export type { BandwidthOptions } from './elements/bandwidth.ts'
export type { TimeWindow } from './elements/blackhole.ts'
export type { BurstLossOptions } from './elements/burst-loss.ts'
export type { CorruptOptions } from './elements/corrupt.ts'
export type { LinkElement, Outlet } from './elements/element.ts'
export type { ReorderOptions } from './elements/reorder.ts'
export type { LinkOptions } from './link-options.ts'
export type { Node } from './node.ts'
export type { Packet, TraceRecord } from './packet.ts'
export { profiles } from './profiles.ts'
export { Random } from './random.ts'
export {
  type RunOptions,
  SimulationError,
  Simulator,
  type SimulatorOptions,
} from './simulator.ts'
