/**
 * Measures the bus between a master and its workers, and a request through a worker, beside what the
 * design expects of them.
 *
 *   npm run bench:bus
 */

import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { cpus } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Bus, type BusHandler, type FrameHead, frameTypes } from '../src/vfd/bus/index.ts'
import { type ConnectionInfo, type ResponseSink, WorkerPool } from '../src/vfd/workers/index.ts'
import { benchScript } from './script.ts'

const payload = Buffer.alloc(512, 1)
const warmUp = 5_000

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!

const row = (what: string, figure: string, expected: string): void =>
  console.log(`| ${what} | ${figure} | ${expected} |`)

/** Sends frames to an echo at the other end of a bus, so many under way at once. */
class Pinger implements BusHandler {
  readonly bus: Bus
  private readonly sentAt = new Map<number, number>()
  private latencies: number[] = []
  private left = 0
  private lastId = 0
  private done: () => void = () => {}

  constructor(socket: Socket) {
    this.bus = new Bus(socket, this)
  }

  /** The round-trip times, in microseconds, sorted. */
  async run(count: number, inFlight: number): Promise<number[]> {
    this.latencies = []
    this.left = count
    const finished = new Promise<void>((resolve) => {
      this.done = resolve
    })
    for (let i = 0; i < inFlight; i++) this.send()
    await finished
    return this.latencies.sort((a, b) => a - b)
  }

  onMessage(head: FrameHead): void {
    const sentAt = this.sentAt.get(head.messageId)
    if (sentAt === undefined) return
    this.sentAt.delete(head.messageId)
    this.latencies.push((performance.now() - sentAt) * 1000)
    if (--this.left <= 0) this.done()
    else this.send()
  }

  onData(): void {}

  onBroken(error: Error): void {
    throw error
  }

  onEnd(): void {}

  private send(): void {
    const id = ++this.lastId
    this.sentAt.set(id, performance.now())
    this.bus.writer.send(frameTypes.task, 0, 1, 0, id, 0, payload)
  }
}

const measureBus = async (): Promise<void> => {
  const echo = benchScript('bus-echo')
  const child = spawn(process.execPath, [...process.execArgv, echo], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const pinger = new Pinger(child.stdio[3] as Socket)
  await pinger.run(warmUp, 1)
  const alone = await pinger.run(20_000, 1)
  await pinger.run(warmUp, 64)
  const started = performance.now()
  const many = await pinger.run(200_000, 64)
  const rate = (many.length / (performance.now() - started)) * 1000
  const median = percentile(alone, 0.5).toFixed(0)
  row('512 B to a worker and back, median', `${median} us`, '84 us (Node 20), 27 us (Node 26)')
  row('the same, p99', `${percentile(alone, 0.99).toFixed(0)} us`, '-')
  row('64 in flight', `${Math.round(rate).toLocaleString('en')}/s`, '164,000/s, 102,000/s')
  pinger.bus.destroy()
}

const connection: ConnectionInfo = {
  remote: { address: '192.0.2.7', port: 50123 },
  local: { address: '192.0.2.1', port: 443 },
  serverName: 'example.test',
  authorized: false,
  authorizationError: undefined,
  peerCertificate: undefined,
}
const fields = [
  { name: ':method', value: 'GET' },
  { name: ':scheme', value: 'https' },
  { name: ':authority', value: 'example.test' },
  { name: ':path', value: '/' },
  { name: 'user-agent', value: 'bench' },
]

/** Requests through (req, res) in one worker; their times in microseconds, sorted. */
const measureRequests = (pool: WorkerPool, count: number, inFlight: number): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const latencies: number[] = []
    let begun = 0
    const begin = (): void => {
      if (begun === count) return
      begun++
      const sentAt = performance.now()
      const end = (): void => {
        latencies.push((performance.now() - sentAt) * 1000)
        if (latencies.length === count) resolve(latencies.sort((a, b) => a - b))
        else begin()
      }
      const sink: ResponseSink = {
        onInformational() {},
        onHeaders(_fields, ended) {
          if (ended) end()
        },
        onData: () => true,
        onTrailers: end,
        onEnd: end,
        onReset: () => reject(new Error('a response was reset')),
        onWritable() {},
        onStopReading() {},
        onLost: () => reject(new Error('the worker is gone')),
      }
      const head = { sessionId: 1, streamId: 4 * begun, fields, ended: true, connection }
      if (pool.open(0, head, sink) === undefined) reject(new Error('no worker'))
    }
    for (let i = 0; i < inFlight; i++) begin()
  })

const measurePool = async (): Promise<void> => {
  const pool = new WorkerPool({ module: pathToFileURL(benchScript('bus-worker')) }, {})
  await pool.start()
  await measureRequests(pool, warmUp, 32)
  for (const [inFlight, expected] of [
    [1, '-'],
    [32, 'p99 < 5,000 us'],
    [256, '-'],
  ] as const) {
    const started = performance.now()
    const times = await measureRequests(pool, 20_000, inFlight)
    const rate = Math.round((times.length / (performance.now() - started)) * 1000)
    const [median, p99] = [percentile(times, 0.5).toFixed(0), percentile(times, 0.99).toFixed(0)]
    row(
      `GET of 512 B by (req, res) in a worker, ${inFlight} in flight`,
      `median ${median} us, p99 ${p99} us, ${rate.toLocaleString('en')}/s`,
      expected,
    )
  }
  await pool.shutdown()
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}\n`)
console.log('| measure | here | expected |')
console.log('|---|--:|--:|')
await measureBus()
await measurePool()
