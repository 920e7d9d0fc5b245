import type { CliIo } from './io.ts'

const BAR_WIDTH = 24
/** Milliseconds between redraws. */
const REDRAW_INTERVAL = 100

/** One line on a terminal that says how far all downloads are; nothing where there is no terminal. */
export class Progress {
  private readonly io: CliIo
  private readonly startedAt = performance.now()
  private drawnAt = 0
  private files = 0
  private done = 0
  private received = 0
  /** Undefined as soon as one length is unknown. */
  private expected: number | undefined = 0

  constructor(io: CliIo) {
    this.io = io
  }

  /** @param length of one more file, if the server said */
  add(length: number | undefined): void {
    this.files++
    if (length === undefined || this.expected === undefined) this.expected = undefined
    else this.expected += length
  }

  advance(bytes: number): void {
    this.received += bytes
    if (!this.io.isTerminal) return
    const now = performance.now()
    if (now - this.drawnAt < REDRAW_INTERVAL) return
    this.drawnAt = now
    const rate = this.received / Math.max(1, now - this.startedAt) / 1000
    this.io.stderr(`\r\x1b[K${this.bar()} ${rate.toFixed(1)} MB/s  ${this.done}/${this.files}`)
  }

  finished(): void {
    this.done++
  }

  /** Takes the line away. */
  clear(): void {
    if (this.io.isTerminal && this.drawnAt > 0) this.io.stderr('\r\x1b[K')
  }

  private bar(): string {
    const { received, expected } = this
    if (expected === undefined || expected === 0) return formatBytes(received)
    const part = Math.min(1, received / expected)
    const filled = Math.round(part * BAR_WIDTH)
    const percent = String(Math.floor(part * 100)).padStart(3)
    return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${percent} %`
  }
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`
}
