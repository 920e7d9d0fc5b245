/** The `tsquic` command as users run it: in a process of its own. */
import { fileURLToPath } from 'node:url'
import { Process, type RunResult, run } from './processes.ts'
import type { TestIdentity } from './workspace.ts'

const program = fileURLToPath(new URL('../../bin/tsquic.js', import.meta.url))

/** Runs the command to its end. */
export const runTsquic = (args: readonly string[], timeoutMs = 180_000): Promise<RunResult> =>
  run(process.execPath, [program, ...args], { timeoutMs })

export interface ServeProcess {
  readonly port: number
  readonly process: Process
}

/** `tsquic serve` on a free port of 127.0.0.1. */
export const startServe = async (
  folder: string,
  identity: TestIdentity,
  flags: readonly string[] = [],
): Promise<ServeProcess> => {
  const server = Process.start(process.execPath, [
    ...[program, 'serve', folder, '--host', '127.0.0.1', '--port', '0'],
    ...['--cert', identity.certPath, '--key', identity.keyPath, ...flags],
  ])
  const [, port] = await server.waitFor(/https:\/\/[^\s/]+:(\d+)/)
  return { port: Number(port), process: server }
}
