import { resolve } from 'node:path'
import type { RetryPolicy } from '../api/index.ts'
import { type DispatchMode, dispatchModes, Server, TopSocketError } from '../vfd/index.ts'
import { commandLine } from './invocation.ts'
import { type CliIo, UsageError } from './io.ts'
import { keyLogWriter } from './key-log.ts'
import { DRAIN_TIME, type Endable } from './run-server.ts'
import { ECHO_VARIABLE, ROOT_VARIABLE } from './worker-environment.ts'

export interface ServeOptions {
  readonly directory: string
  readonly host: string
  readonly port: number
  readonly cert: string
  readonly key: string
  readonly echo: boolean
  readonly retry: RetryPolicy
  /** The file; undefined for none. */
  readonly keylog: string | undefined
  readonly workers: number
  readonly dispatch: string | undefined
  /** Where `tsquic top` connects to; undefined: a place by process id. */
  readonly top: string | undefined
}

/** A server that listens, with or without workers. */
export interface RunningServer extends Endable {
  readonly port: number
  /** The command that looks at it, if one can. */
  readonly topCommand: string | undefined
}

/** Starts a server whose requests are handled in processes of their own. */
export async function startWorkers(options: ServeOptions, io: CliIo): Promise<RunningServer> {
  const { directory, host, port, cert, key, echo, retry, keylog, workers, dispatch, top } = options
  // In a checkout the workers' module is TypeScript.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const server = new Server({
    host,
    port,
    cert,
    key,
    retry,
    keylog: keylog !== undefined,
    workerNum: workers,
    worker: new URL(`./static/worker${extension}`, import.meta.url),
    env: workerEnvironment(directory, echo, extension),
    dispatchMode: dispatchMode(dispatch),
    maxWaitTime: DRAIN_TIME,
    topSocket: top ?? true,
  })
  server.on('workerError', (id, pid, code, signal) =>
    io.stderr(`worker ${id} (process ${pid}) ended with ${signal ?? `code ${code}`}\n`),
  )
  server.on('handlerError', (id, error) => io.stderr(`worker ${id}: ${error.stack}\n`))
  server.on('warning', (message) => io.stderr(`${message}\n`))
  if (keylog !== undefined) {
    const write = keyLogWriter(keylog)
    server.on('keylog', (line) => write(line))
  }
  try {
    await server.start()
  } catch (error) {
    // A path that cannot be is a mistake in the command; another server at it is none.
    if (!(error instanceof TopSocketError) || error.code === 'EADDRINUSE') throw error
    throw new UsageError(`--top: ${error.message}`)
  }
  return {
    port: server.address()?.port ?? port,
    topCommand:
      server.topSocket === undefined ? undefined : `${commandLine()} top ${top ?? process.pid}`,
    close: () => server.shutdown(),
    closeAllConnections: () => {
      for (const sessionId of server.connections) server.close(sessionId, true)
    },
  }
}

export function parseWorkers(text: string): number {
  const workers = Number(text)
  if (!Number.isInteger(workers) || workers < 0 || workers > 256) {
    throw new UsageError(`--workers must be a number from 0 to 256, not "${text}"`)
  }
  return workers
}

function dispatchMode(name: string | undefined): DispatchMode {
  if (name === undefined) return 'fdmod'
  const names = Object.keys(dispatchModes).filter((mode) => mode !== 'userfunc')
  if (names.includes(name)) return name as DispatchMode
  throw new UsageError(`--dispatch must be one of ${names.join(', ')}`)
}

function workerEnvironment(
  directory: string,
  echo: boolean,
  extension: string,
): Record<string, string> {
  const known = { [ROOT_VARIABLE]: resolve(directory), [ECHO_VARIABLE]: echo ? '1' : '' }
  if (extension === '.js' || process.execArgv.some((option) => option.includes('tsx'))) return known
  // A checkout's command loads TypeScript by itself; its workers need to be told.
  const { NODE_OPTIONS = '' } = process.env
  return { ...known, NODE_OPTIONS: `${NODE_OPTIONS} --import ${import.meta.resolve('tsx')}`.trim() }
}
