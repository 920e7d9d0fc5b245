import { TopSocketError } from '../vfd/index.ts'
import type { CliIo } from './io.ts'

/** Milliseconds that requests in progress have at the end. */
export const DRAIN_TIME = 5000

/** What can be ended gently or at once. */
export interface Endable {
  close(): Promise<void>
  closeAllConnections(): void
}

/** Returns when the server was ended by SIGINT or SIGTERM: gently the first time, at once the second. */
export function runUntilSignal(server: Endable, io: CliIo): Promise<void> {
  return new Promise((resolve) => {
    let ending = false
    const onSignal = () => {
      if (ending) {
        server.closeAllConnections()
        return
      }
      ending = true
      io.stderr('\nClosing: waiting for requests in progress (again to end now)\n')
      const timer = setTimeout(() => server.closeAllConnections(), DRAIN_TIME)
      void server.close().then(() => {
        clearTimeout(timer)
        process.off('SIGINT', onSignal)
        process.off('SIGTERM', onSignal)
        resolve()
      })
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

/** What to tell somebody whose server could not listen. */
export function listenFailure(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof TopSocketError) {
    return `${message}\n  Choose another socket for \`tsquic top\` with --top`
  }
  if (code === 'EADDRINUSE') {
    return `UDP port ${port} is taken: choose another with --port, or 0 for any free one`
  }
  if (code === 'EACCES') return `No permission to use UDP port ${port}: choose one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is not an address of this machine`
  }
  return message
}
