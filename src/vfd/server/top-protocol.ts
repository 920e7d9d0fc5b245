import type { ClientInfo, ServerStats } from './events.ts'

/** One line of JSON to the socket: a question. */
export interface TopQuestion {
  /** Rows at most; default 100, at most 1000. */
  readonly rows?: number
}

/** One line of JSON back. */
export interface TopAnswer {
  readonly pid: number
  readonly address: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly stats: ServerStats
  /** In the order of the table. */
  readonly clients: readonly ClientInfo[]
}
