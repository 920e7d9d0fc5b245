/** One measurement of virtual fds in a process of its own: `vfd-measure.ts JOB` prints JSON. */
import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Reactor } from '../src/reactor/index.ts'
import {
  type ConnectionDirectory,
  ConnectionRecord,
  createVfdSource,
  Notifier,
  SessionDirectory,
  SharedDirectory,
  SocketpairDirectory,
  type VfdPair,
  type VfdSource,
} from '../src/vfd/index.ts'
import type { VfdFigures, VfdJob } from './vfd-job.ts'

const init = { remoteAddress: '::1', remotePort: 4433, localAddress: '::1', localPort: 443 }

const openSource = async (job: VfdJob, poolSize: number): Promise<VfdSource> => {
  const source = await createVfdSource({
    poolSize,
    onWarning: ({ message }) => console.error(message),
    ...(job.kind !== 'best' && { prefer: job.kind }),
  })
  await filled(source, poolSize)
  return source
}

const filled = async (source: VfdSource, poolSize: number): Promise<void> => {
  if (source.kind !== 'emulated') while (source.stats.pooled < poolSize) await sleep(1)
}

/** Bytes of the kernel's slab, of the whole machine. */
const slab = (): number =>
  Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1] ?? 0) * 1024

/** Objects of JavaScript: unlike resident memory, without room that was free before. */
const heap = (): number => process.memoryUsage().heapUsed

const settle = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await sleep(50)
  }
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!

/** Memory and time of `count` connections in a directory. */
const measureConnections = async (job: VfdJob): Promise<VfdFigures> => {
  await settle()
  const residentBefore = process.memoryUsage.rss()
  const slabBefore = slab()
  const heapBefore = heap()
  const started = performance.now()
  const source = job.scheme === 'socketpair' ? await openSource(job, job.count) : undefined
  const made = performance.now()
  const directory: ConnectionDirectory<object> =
    source !== undefined
      ? new SocketpairDirectory({ source, maxConnections: job.count })
      : job.scheme === 'shared'
        ? new SharedDirectory({ maxConnections: job.count, sharedFd: 17 })
        : new SessionDirectory({ maxConnections: job.count })
  for (let i = 0; i < job.count; i++) {
    const record = directory.add({}, init, i)
    if (record === undefined) throw new Error(`only ${i} of ${job.count} connections`)
    if (job.opens) record.pair?.open()?.resume()
  }
  const ended = performance.now()
  await settle()
  const resident = process.memoryUsage.rss() - residentBefore
  const held = heap() - heapBefore
  const kernel = slab() - slabBefore
  // Looked at after that, so that it is not collected before.
  const real = [...directory.records()].filter(({ pair }) => (pair?.peer ?? -1) >= 0).length
  return {
    kind: source?.kind ?? 'emulated',
    setUp: ((ended - started) / job.count) * 1000,
    add: ((ended - made) / job.count) * 1000,
    resident: resident / job.count,
    heap: held / job.count,
    kernel: kernel / job.count,
    descriptors: (2 * real) / job.count,
  }
}

/** Share of one core that `rate` notices a second cost, in bursts of 10 ms over all connections. */
const measureNotices = async (job: VfdJob): Promise<VfdFigures> => {
  const source = await openSource(job, job.count)
  const reactor = new Reactor()
  let told = 0
  const directory = new SocketpairDirectory<object>({ source, maxConnections: job.count })
  const notifier = new Notifier<object>({
    reactor,
    notify: job.notify === 'fd' ? 'fd' : 'doorbell',
    onReady: () => told++,
    onLost: () => {},
  })
  const records: ConnectionRecord<object>[] = []
  for (let i = 0; i < job.count; i++) {
    const record = directory.add({}, init, 0)!
    notifier.watch(record)
    records.push(record)
  }
  // The source makes pairs for those that were taken, which costs more than what is measured here.
  await filled(source, job.count)
  let next = 0
  let sent = 0
  let started = performance.now()
  const burst = () => {
    // Timers are late: what is due by the clock, so that the rate is kept.
    const due = Math.floor(((performance.now() - started) * job.rate) / 1000)
    for (; sent < due; sent++) {
      const record = records[next++ % records.length]!
      if (job.notify === 'direct') told++
      else notifier.notify(record, 1)
    }
  }
  const timer = setInterval(burst, 10)
  await sleep(500)
  told = 0
  sent = 0
  started = performance.now()
  const before = process.cpuUsage()
  await sleep(2_000)
  const { user, system } = process.cpuUsage(before)
  const elapsed = performance.now() - started
  clearInterval(timer)
  // Bytes that meet an unread one are one notice; on a busy machine those are many.
  if (told < sent * 0.5) throw new Error(`${told} of ${sent} notices arrived`)
  return { kind: source.kind, cpu: (user + system) / 1000 / elapsed, told: (told / elapsed) * 1000 }
}

/** How long a connection waits for its vfd and its place in the table, one after the other. */
const measureAdds = async (job: VfdJob): Promise<VfdFigures> => {
  const source = await openSource(job, job.pooled ? 512 : 0)
  const directory = new SocketpairDirectory<object>({ source, maxConnections: job.count })
  const times: number[] = []
  for (let i = 0; i < job.count; i++) {
    const started = performance.now()
    directory.add({}, init, 0)
    times.push((performance.now() - started) * 1000)
    // Connections come over time; refills happen between them.
    if (i % 8 === 7) await sleep(1)
  }
  times.sort((a, b) => a - b)
  const { hits, misses, emulated, longestRefill } = source.stats
  return {
    kind: source.kind,
    median: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    hitRate: hits / (hits + misses),
    emulated,
    longestRefill,
  }
}

/** Memory of bare pairs. */
const measurePairs = async (job: VfdJob): Promise<VfdFigures> => {
  // What the code itself costs is not that of a pair.
  const small = await openSource(job, 1)
  await settle()
  const residentBefore = process.memoryUsage.rss()
  const slabBefore = slab()
  const source = await openSource(job, job.count)
  const pairs: VfdPair[] = []
  for (let i = 0; i < job.count; i++) {
    const pair = source.acquire()!
    if (job.opens) pair.open()?.resume()
    pairs.push(pair)
  }
  await settle()
  const figures = {
    kind: source.kind,
    resident: (process.memoryUsage.rss() - residentBefore) / pairs.length,
    kernel: (slab() - slabBefore) / pairs.length,
  }
  await small.close()
  return figures
}

/** What the records of many short connections leave to the garbage collector, 1,000 open at a time. */
const measureRecords = async (job: VfdJob): Promise<VfdFigures> => {
  const rounds = 100
  const records = Array.from({ length: 1_000 }, () => new ConnectionRecord<object>())
  let collections = 0
  let time = 0
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collections++
      time += duration
    }
  })
  await settle()
  observer.observe({ entryTypes: ['gc'] })
  const connection = {}
  let allocated = 0
  let before = heap()
  const started = performance.now()
  for (let i = 0; i < job.count * rounds; i++) {
    const slot = i % records.length
    if (i >= records.length) records[slot]!.end()
    if (!job.reuses) records[slot] = new ConnectionRecord<object>()
    records[slot]!.start(connection, init, slot, i + 1, i)
    if (i % 500 === 499) {
      const now = heap()
      allocated += Math.max(0, now - before)
      before = heap()
    }
  }
  const ended = performance.now()
  await sleep(50)
  return {
    kind: 'emulated',
    setUp: ((ended - started) / job.count / rounds) * 1000,
    allocated: allocated / job.count / rounds,
    collections: collections / rounds,
    collecting: time / rounds,
  }
}

const measures: Readonly<Record<VfdJob['measure'], (job: VfdJob) => Promise<VfdFigures>>> = {
  connections: measureConnections,
  notices: measureNotices,
  adds: measureAdds,
  pairs: measurePairs,
  records: measureRecords,
}

const job = JSON.parse(process.argv[2]!) as VfdJob
console.log(JSON.stringify(await measures[job.measure](job)))
process.exit(0)
