import type { Writable } from 'node:stream'

/** Where a command writes to; tests have their own. */
export interface CliIo {
  /** Standard output for bytes. */
  readonly output: Writable
  stdout(text: string): void
  stderr(text: string): void
  /** Whether stderr is a terminal that can redraw a line. */
  readonly isTerminal: boolean
}

/** A mistake on the command line: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const processIo: CliIo = {
  output: process.stdout,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
}

// A reader that goes away (`| head`) is no mistake: who has more to write is told by `output`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
