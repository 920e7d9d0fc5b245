import { execFileSync } from 'node:child_process'

/** Makes a named pipe, which Node cannot; false, and said, where there is no `mkfifo`. */
export function makeFifo(path: string): boolean {
  try {
    execFileSync('mkfifo', [path])
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.log('skipped: mkfifo is not installed')
    return false
  }
}
