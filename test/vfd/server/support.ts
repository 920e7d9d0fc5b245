/** Servers of virtual fds for tests, and what happened to them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientOptions, type ClientSession, connect } from '../../../src/index.ts'
import { Server, type ServerOptions } from '../../../src/vfd/index.ts'
import { createTestCa } from '../../support/certificates.ts'

export const workerModule = new URL('./fixtures/worker.ts', import.meta.url)

export interface RunningServer {
  readonly server: Server
  readonly port: number
  readonly ca: string
  /** `connect 1`, `close 1`, `bufferFull 1` … in order. */
  readonly events: string[]
  connect(options?: ClientOptions): ClientSession
}

/** A server on 127.0.0.1 with numbers only, unless the options say otherwise. */
export async function startVfdServer(
  options: Partial<ServerOptions> = {},
  prepare: (server: Server) => void = () => {},
): Promise<RunningServer> {
  const authority = await createTestCa()
  const { certPem, keyPem } = await authority.issue()
  const server = new Server({
    cert: certPem,
    key: keyPem,
    host: '127.0.0.1',
    vfdSource: 'emulated',
    maxWaitTime: 1000,
    ...options,
  })
  const events: string[] = []
  for (const name of ['connect', 'close', 'bufferFull', 'bufferEmpty'] as const) {
    server.on(name, (sessionId: number) => events.push(`${name} ${sessionId}`))
  }
  prepare(server)
  await server.start()
  const port = server.address()!.port
  return {
    server,
    port,
    ca: authority.certPem,
    events,
    connect: (clientOptions = {}) => {
      const session = connect(`https://127.0.0.1:${port}`, {
        ca: authority.certPem,
        ...clientOptions,
      })
      session.on('error', () => {})
      return session
    },
  }
}

/** Runs an action with a server and shuts the server down. */
export async function withVfdServer(
  options: Partial<ServerOptions>,
  action: (running: RunningServer) => Promise<void>,
  prepare?: (server: Server) => void,
): Promise<void> {
  const running = await startVfdServer(options, prepare)
  try {
    await action(running)
  } finally {
    await running.server.shutdown()
  }
}

/** Waits until something holds that other parts bring about. */
export async function until(condition: () => boolean, what: string, ms = 60_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`)
    await sleep(5)
  }
}

/** The next event of that name. */
export function next<T = unknown>(
  emitter: { once(name: string, listener: (...args: T[]) => void): unknown },
  name: string,
): Promise<T[]> {
  return new Promise((resolve) => emitter.once(name, (...args) => resolve(args)))
}
