/** What the processes of the bench of the server of virtual fds say to each other. */
import type { CopiedBytes } from './vfd-copies.ts'

export interface ServerStart {
  readonly key: string
  readonly cert: string
  readonly workers: number
  /** Virtual fds ready before the first connection. */
  readonly pool: number
}

export type ServerOrder =
  | { readonly type: 'start'; readonly start: ServerStart }
  | { readonly type: 'measure' }
  | { readonly type: 'time' }
  /** Of a process that has `vfd-copies.ts`. */
  | { readonly type: 'copies' }

/** Of what Node calls garbage collection by itself; what was forced does not count. */
export interface Collections {
  readonly count: number
  /** Milliseconds. */
  readonly time: number
}

/** Microseconds. */
export interface ProcessTime {
  readonly wall: number
  /** Of the CPU; workers are not counted. */
  readonly cpu: number
}

export interface ServerFigures {
  /** Bytes, after garbage collection. */
  readonly resident: number
  /** Bytes in use of the heap. */
  readonly heap: number
  /** Bytes of the kernel's slab, of the whole machine. */
  readonly slab: number
  /** When the order came: before the garbage collection of the measurement. */
  readonly begin: ProcessTime
  /** After it. */
  readonly end: ProcessTime
  readonly connections: number
  readonly realVfds: number
  readonly emulatedVfds: number
  /** Pairs that are ready. */
  readonly pooled: number
  readonly descriptors: number
  /** Since the start. */
  readonly collections: Collections
  /** Microseconds from the handshake's end to `connect`, of the connections since the last time. */
  readonly integration: readonly number[]
}

export type ServerReport =
  | { readonly type: 'time'; readonly time: ProcessTime }
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'figures'; readonly figures: ServerFigures }
  | { readonly type: 'copies'; readonly master: CopiedBytes; readonly worker: CopiedBytes }

export type ClientOrder =
  | { readonly type: 'connect'; readonly port: number }
  /** One connection after the other, closed at once. */
  | { readonly type: 'handshakes'; readonly count: number }
  /** Connections that stay open. */
  | { readonly type: 'open'; readonly count: number }
  /** Closes the open ones. */
  | { readonly type: 'close' }
  /** So many requests at once, until `count` are done, on connections that are open. */
  | {
      readonly type: 'requests'
      readonly inFlight: number
      readonly count: number
      readonly path: string
    }
  /** A request a second on every open connection. */
  | { readonly type: 'rate'; readonly seconds: number }

/** Milliseconds of each handshake or request; failures are not among them. */
export interface ClientReport {
  readonly times: readonly number[]
  readonly failures: number
}
