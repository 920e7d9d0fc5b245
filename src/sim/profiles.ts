import type { LinkOptions } from './link-options.ts'

/** Links as they are met with; each value is for both directions. */
export const profiles = {
  /** Everything arrives at once. */
  perfect: {},
  /** A switch away. */
  lan: { delay: 0.25, bandwidth: { bitsPerSecond: 1e9, queueBytes: 512 * 1024 } },
  /** The link of the QUIC interop runner: 10 Mbit/s, 30 ms round trip, 25 packets of queue. */
  interop: { delay: 15, bandwidth: { bitsPerSecond: 10e6, queuePackets: 25 } },
  broadband: {
    delay: 10,
    jitter: 2,
    bandwidth: { bitsPerSecond: 50e6, queueBytes: 256 * 1024 },
  },
  mobile: {
    delay: 35,
    jitter: 20,
    loss: 0.005,
    bandwidth: { bitsPerSecond: 12e6, queueBytes: 512 * 1024 },
  },
  wifi: {
    delay: 3,
    jitter: 8,
    burstLoss: { rate: 0.01, meanBurst: 3 },
    bandwidth: { bitsPerSecond: 100e6, queueBytes: 256 * 1024 },
  },
  satellite: {
    delay: 300,
    loss: 0.01,
    bandwidth: { bitsPerSecond: 20e6, queueBytes: 1024 * 1024 },
  },
} as const satisfies Record<string, LinkOptions>
