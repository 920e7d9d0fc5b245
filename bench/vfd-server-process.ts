/** The server's process of the bench of virtual fds. */

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { Server } from '../src/vfd/index.ts'
import { benchScript } from './script.ts'
import type { CopiedBytes } from './vfd-copies.ts'
import type { ProcessTime, ServerOrder, ServerReport, ServerStart } from './vfd-server-protocol.ts'

let server: Server | undefined
let integration: number[] = []

const collections = { count: 0, time: 0 }

const addCollection = (entry: PerformanceEntry): void => {
  const { flags } = (entry as PerformanceEntry & { detail: { readonly flags: number } }).detail
  if ((flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) return
  collections.count++
  collections.time += entry.duration
}

new PerformanceObserver((list) => list.getEntries().forEach(addCollection)).observe({
  entryTypes: ['gc'],
})

const report = (message: ServerReport): void => {
  process.send!(message)
}

const start = async ({ key, cert, workers, pool }: ServerStart): Promise<void> => {
  server = new Server({
    key,
    cert,
    host: '127.0.0.1',
    workerNum: workers,
    worker: pathToFileURL(benchScript('vfd-worker')),
    vfdPoolSize: pool,
    transport: { maxIdleTimeout: 600_000 },
  })
  const running = server
  running.on('request', (_request, response) => void response.end('ok'))
  running.on('connect', (sessionId) => {
    const { connectTime } = running.getClientInfo(sessionId)!
    integration.push((performance.timeOrigin + performance.now() - connectTime) * 1000)
  })
  running.on('warning', (message) => console.error(message))
  await running.start()
  while (running.stats().vfd.pooled < pool) await new Promise((resolve) => setTimeout(resolve, 50))
  report({ type: 'listening', port: running.address()!.port })
}

const slabBytes = (): number => {
  const kilobytes = /^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]
  return Number(kilobytes) * 1024
}

const time = (): ProcessTime => {
  const { user, system } = process.cpuUsage()
  return { wall: performance.now() * 1000, cpu: user + system }
}

const measure = (): void => {
  const begin = time()
  globalThis.gc!()
  globalThis.gc!()
  // Before the rest of this function, which makes garbage of its own.
  const { rss: resident, heapUsed: heap } = process.memoryUsage()
  const slab = slabBytes()
  const { vfd, connectionNum } = server!.stats()
  const emulatedVfds = [...server!.connections].filter(
    (id) => server!.getClientInfo(id)!.vfd >= 2 ** 20,
  ).length
  report({
    type: 'figures',
    figures: {
      resident,
      heap,
      slab,
      begin,
      end: time(),
      connections: connectionNum,
      realVfds: vfd.live - emulatedVfds,
      emulatedVfds,
      pooled: vfd.pooled,
      descriptors: readdirSync('/proc/self/fd').length,
      collections: { ...collections },
      integration,
    },
  })
  integration = []
}

const reportCopies = async (): Promise<void> => {
  const { takeCopied } = await import('./vfd-copies.ts')
  const answer = once(server!, 'pipeMessage')
  server!.sendMessage('copies', 0)
  const [worker] = (await answer) as [CopiedBytes]
  report({ type: 'copies', master: takeCopied(), worker })
}

process.on('message', (order: ServerOrder) => {
  if (order.type === 'start') void start(order.start)
  else if (order.type === 'copies') void reportCopies()
  else if (order.type === 'time') report({ type: 'time', time: time() })
  else measure()
})
