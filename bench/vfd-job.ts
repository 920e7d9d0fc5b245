import type { DirectoryScheme, VfdKind } from '../src/vfd/index.ts'

/** What `vfd-measure.ts` is asked for; each measure looks at what concerns it. */
export interface VfdJob {
  readonly measure: 'pairs' | 'notices' | 'connections' | 'adds' | 'records'
  readonly kind: VfdKind | 'best'
  readonly count: number
  readonly scheme: DirectoryScheme
  /** Whether every vfd is opened as a stream. */
  readonly opens: boolean
  readonly notify: 'doorbell' | 'fd' | 'direct'
  /** Notices a second. */
  readonly rate: number
  readonly pooled: boolean
  /** Whether records are used again. */
  readonly reuses: boolean
}

/** Times in µs (`longestRefill` in ms), memory in bytes a connection, `cpu` as a share of a core. */
export interface VfdFigures {
  readonly kind: VfdKind
  readonly setUp?: number
  readonly add?: number
  readonly resident?: number
  readonly heap?: number
  readonly kernel?: number
  readonly descriptors?: number
  readonly cpu?: number
  readonly told?: number
  readonly median?: number
  readonly p99?: number
  readonly hitRate?: number
  readonly emulated?: number
  readonly longestRefill?: number
  /** Bytes of new objects a connection. */
  readonly allocated?: number
  /** Milliseconds, and how often, for 10,000 connections. */
  readonly collecting?: number
  readonly collections?: number
}
