import { Writable } from 'node:stream'
import type { CliIo } from '../../src/cli/io.ts'

/** What a command wrote. */
export class CapturedIo implements CliIo {
  readonly isTerminal: boolean
  out = ''
  err = ''
  readonly output: Writable

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal
    this.output = new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        this.out += chunk.toString('latin1')
        callback()
      },
    })
  }

  stdout(text: string): void {
    this.out += text
  }

  stderr(text: string): void {
    this.err += text
  }
}
