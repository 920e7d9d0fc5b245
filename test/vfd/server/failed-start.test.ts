import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Server, type ServerOptions } from '../../../src/vfd/index.ts'
import { createTestCa } from '../../support/certificates.ts'
import { until, workerModule } from './support.ts'

const test = suite<{ folder: string; top: string }>('vfd/server/failed-start')

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-start-'))
  context.top = join(context.folder, 'top.sock')
})

test.after(({ folder }) => rmSync(folder, { recursive: true }))

/** Sockets, pipes and processes that keep this one alive. The test's own are there before and after. */
const handles = (): string =>
  process
    .getActiveResourcesInfo()
    .filter((name) => name.endsWith('Wrap'))
    .sort()
    .join()

const failureOf = async (promise: Promise<unknown>): Promise<NodeJS.ErrnoException> => {
  try {
    await promise
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
  throw new Error('It did not fail')
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Starts a server that has all there is, sees that it fails, and that nothing of it is left. */
const failedStart = async (
  options: Partial<ServerOptions>,
  prepare: (server: Server) => void = () => {},
): Promise<NodeJS.ErrnoException> => {
  const { certPem: cert, keyPem: key } = await (await createTestCa()).issue()
  const before = handles()
  const server = new Server({
    cert,
    key,
    host: '127.0.0.1',
    vfdSource: 'unix',
    workerNum: 1,
    worker: workerModule,
    heartbeatIdleTime: 1000,
    ...options,
  })
  const pids: number[] = []
  server.on('workerStart', (_id, pid) => pids.push(pid))
  prepare(server)
  const error = await failureOf(server.start())
  for (const pid of pids) assert.not(isAlive(pid), `worker ${pid}`)
  assert.is(server.address() ?? null, null)
  assert.throws(() => server.stats(), /not running/)
  await server.shutdown()
  await until(() => handles() === before, `handles as before: ${before}`)
  return error
}

/** A UDP port of 127.0.0.1 that can be bound. */
const bind = async (port: number) => {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

test('a port that is taken ends workers, source and top socket', async ({ top }) => {
  const other = await bind(0)
  try {
    const error = await failedStart({ port: other.address().port, topSocket: top })
    assert.is(error.code, 'EADDRINUSE')
    assert.not(existsSync(top))
  } finally {
    other.close()
  }
})

test('a top socket that cannot be ends workers and source', async ({ folder }) => {
  const error = await failedStart({ topSocket: folder })
  assert.is(error.code, 'ENOTSOCK')
})

test('a worker that cannot start ends the source', async () => {
  const worker = new URL('./fixtures/missing.ts', import.meta.url)
  const error = await failedStart({ worker, workerNum: 2 })
  assert.is(error.code, 'ERR_WORKER_START')
})

test('a listener of start that throws gives the port back as well', async ({ top }) => {
  let port = 0
  const error = await failedStart({ topSocket: top }, (server) =>
    server.on('start', () => {
      port = server.address()?.port ?? 0
      throw new Error('not today')
    }),
  )
  assert.is(error.message, 'not today')
  assert.not(existsSync(top))
  const socket = await bind(port)
  socket.close()
  await once(socket, 'close')
})

test.run()
