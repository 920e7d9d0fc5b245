/** Static files from worker processes. SIGHUP replaces the workers without losing a connection. */
import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server } from '../src/vfd/index.ts'
import { exampleCertificate } from './certificate.ts'

/** Starts the server; port 0 for any free one. Rejects where there is no such directory. */
export async function startFiles(
  directory: string,
  port: number,
  workerNum = availableParallelism(),
): Promise<Server> {
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory() !== true) throw new Error(`${directory} is no directory`)
  const server = new Server({
    ...(await exampleCertificate()),
    port,
    workerNum,
    // The handlers are in a module of their own: it runs in the workers, this one does not.
    worker: new URL('./files-worker.ts', import.meta.url),
    env: { FILES_ROOT: resolve(directory) },
    dispatchMode: 'concurrentLb',
    topSocket: true,
  })
  server.on('workerError', (id, pid, code, signal) =>
    console.error(`worker ${id} (${pid}) ended with ${signal ?? code}; another one starts`),
  )
  return server.start()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const server = await startFiles(process.argv[2] ?? '.', 4433)
    console.log(`Files on https://localhost:4433/, connections: tsquic top ${process.pid}`)
    process.on('SIGHUP', () => void server.reload())
    process.once('SIGINT', () => void server.shutdown())
  } catch (error) {
    console.error(`files: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
