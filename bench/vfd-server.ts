/**
 * Measures the server of virtual fds with real QUIC connections on loopback, each figure beside the
 * target of its design. Server and clients are processes of their own.
 *
 *   npm run bench:vfd-server -- [JOB...]     jobs: connect latency idle copies rounds many
 */
import { type ChildProcess, fork } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { pathToFileURL } from 'node:url'
import { createDevCertificate } from '../src/certs/index.ts'
import { descriptorLimit } from '../src/vfd/index.ts'
import { benchScript } from './script.ts'
import type { CopiedBytes } from './vfd-copies.ts'
import type {
  ClientOrder,
  ClientReport,
  ProcessTime,
  ServerFigures,
  ServerOrder,
  ServerReport,
  ServerStart,
} from './vfd-server-protocol.ts'

const { key, cert } = await createDevCertificate()
const running: ChildProcess[] = []

const start = (script: string, options: readonly string[] = []): ChildProcess => {
  const child = fork(benchScript(script), {
    execArgv: ['--expose-gc', ...process.execArgv, ...options],
  })
  running.push(child)
  return child
}

/** Sends an order, if there is one, and takes the next message. */
const exchange = <Report>(child: ChildProcess, order: object): Promise<Report> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`ended with code ${code}`))
    child.once('exit', onExit)
    child.once('message', (report) => {
      child.off('exit', onExit)
      resolve(report as Report)
    })
    child.send(order)
  })

class Bench {
  readonly server: ChildProcess
  readonly client: ChildProcess

  private constructor(server: ChildProcess, client: ChildProcess) {
    this.server = server
    this.client = client
  }

  /** @param nodeOptions for server and workers */
  static async start(
    options: Pick<ServerStart, 'workers' | 'pool'>,
    nodeOptions: readonly string[] = [],
  ): Promise<Bench> {
    const bench = new Bench(start('vfd-server-process', nodeOptions), start('vfd-client-process'))
    const order: ServerOrder = { type: 'start', start: { key, cert, ...options } }
    const report = await exchange<ServerReport>(bench.server, order)
    if (report.type !== 'listening') throw new Error('the server does not listen')
    await bench.ask({ type: 'connect', port: report.port })
    return bench
  }

  ask(order: ClientOrder): Promise<ClientReport> {
    return exchange(this.client, order)
  }

  async figures(): Promise<ServerFigures> {
    const report = await exchange<ServerReport>(this.server, {
      type: 'measure',
    } satisfies ServerOrder)
    if (report.type !== 'figures') throw new Error('the server gave no figures')
    return report.figures
  }

  /** Without the garbage collection of `figures`, which has V8 compile much of the code again. */
  async time(): Promise<ProcessTime> {
    const report = await exchange<ServerReport>(this.server, { type: 'time' } satisfies ServerOrder)
    if (report.type !== 'time') throw new Error('the server gave no time')
    return report.time
  }

  async copies(): Promise<Extract<ServerReport, { type: 'copies' }>> {
    const report = await exchange<ServerReport>(this.server, {
      type: 'copies',
    } satisfies ServerOrder)
    if (report.type !== 'copies') throw new Error('the server counts no copies')
    return report
  }

  end(): void {
    this.client.kill('SIGKILL')
    this.server.kill('SIGKILL')
  }
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? Number.NaN

const pair = (values: readonly number[], unit: string): string =>
  `${quantile(values, 0.5).toPrecision(3)} / ${quantile(values, 0.99).toPrecision(3)} ${unit}`

const row = (measure: string, figure: string, target: string): void =>
  console.log(`| ${measure} | ${figure} | ${target} |`)

const failed = ({ failures }: ClientReport): string =>
  failures === 0 ? '' : `, ${failures} FAILED`

const perSecond = ({ times }: ClientReport, from: ProcessTime, to: ProcessTime): string =>
  ((times.length * 1e6) / (to.wall - from.wall)).toFixed(0)

const cpuShare = (from: ProcessTime, to: ProcessTime): string =>
  `${((100 * (to.cpu - from.cpu)) / (to.wall - from.wall)).toFixed(1)} %`

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/**
 * Seconds before memory is measured: V8 gives its young generation (17 to 34 MB) back only where little was
 * allocated for a while and then a full collection comes.
 */
const REST = 30

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000))

const jobs: Record<string, () => Promise<void>> = {
  async connect() {
    const bench = await Bench.start({ workers: 1, pool: 640 })
    await bench.ask({ type: 'handshakes', count: 50 })
    await bench.figures()
    const report = await bench.ask({ type: 'handshakes', count: 300 })
    const { integration } = await bench.figures()
    row(
      'handshake done to `connect`, with the vfd (p50 / p99)',
      pair(integration, 'us'),
      'p99 < 1000 us',
    )
    row(
      'whole handshake, one after the other, with the client’s share (p50 / p99)',
      pair(report.times, 'ms') + failed(report),
      'reported',
    )
    bench.end()
  },

  async latency() {
    const bench = await Bench.start({ workers: 1, pool: 64 })
    await bench.ask({ type: 'open', count: 8 })
    await bench.ask({ type: 'requests', inFlight: 32, count: 30_000, path: '/' })
    for (const inFlight of [1, 32, 256]) {
      // Of 5,000, which take 0.2 s, one collection in one of three processes is more than a hundredth.
      const report = await bench.ask({ type: 'requests', inFlight, count: 20_000, path: '/' })
      row(
        `request through a worker, ${inFlight} in flight (p50 / p99)`,
        pair(report.times, 'ms') + failed(report),
        inFlight === 32 ? 'p99 < 5 ms' : 'reported',
      )
    }
    bench.end()
  },

  async idle() {
    const seconds = REST
    const bench = await Bench.start({ workers: 1, pool: 1100 })
    await bench.ask({ type: 'open', count: 20 })
    await pause(seconds)
    const before = await bench.figures()
    await bench.ask({ type: 'open', count: 1000 })
    await pause(seconds)
    const after = await bench.figures()
    row(
      `1,000 idle connections: resident (heap in use) + slab of the machine, over the server before them, both after ${seconds} s of rest`,
      `${megabytes(after.resident - before.resident)} (${megabytes(after.heap - before.heap)}) + ${megabytes(after.slab - before.slab)}, ${after.realVfds} real vfds`,
      '< 50 MB',
    )
    row('resident in all', megabytes(after.resident), 'not judged')
    const restBegins = await bench.time()
    await pause(seconds)
    const restEnds = await bench.time()
    row(
      `CPU of one core, 1,000 connections idle for ${seconds} s`,
      cpuShare(restBegins, restEnds),
      '< 2 %',
    )
    await bench.ask({ type: 'rate', seconds: 10 })
    const loadBegins = await bench.time()
    const report = await bench.ask({ type: 'rate', seconds })
    const loadEnds = await bench.time()
    row(
      `CPU of one core, with 1 request/s each for ${seconds} s (the worker not counted)`,
      `${cpuShare(loadBegins, loadEnds)} at ${perSecond(report, loadBegins, loadEnds)} requests/s${failed(report)}`,
      '20 %',
    )
    row('those requests (p50 / p99)', pair(report.times, 'ms'), 'reported')
    bench.end()
  },

  async copies() {
    const counter = pathToFileURL(benchScript('vfd-copies')).href
    const bench = await Bench.start({ workers: 1, pool: 64 }, ['--import', counter])
    await bench.ask({ type: 'open', count: 1 })
    for (const [length, count] of [
      [100, 2000],
      [8192, 2000],
      [1_000_000, 20],
    ] as const) {
      const path = `/${length}`
      await bench.ask({ type: 'requests', inFlight: 1, count: 5, path })
      await bench.copies()
      const report = await bench.ask({ type: 'requests', inFlight: 1, count, path })
      const { master, worker } = await bench.copies()
      const share = (bytes: number): string => (bytes / (count * length)).toFixed(2)
      const list = (copied: CopiedBytes): string =>
        Object.entries(copied)
          .filter(([, bytes]) => bytes * 200 > count * length)
          .map(([folder, bytes]) => `${folder} ${share(bytes)}`)
          .join(', ')
      const sum = (copied: CopiedBytes, folders: readonly string[]): number =>
        folders.reduce((total, folder) => total + (copied[folder] ?? 0), 0)
      const between = ['vfd', 'api', 'reactor']
      row(
        `bytes copied a byte of a response of ${length.toLocaleString('en')} bytes, from the handler to the transport`,
        `${share(sum(worker, between) + sum(master, between))} (worker: ${list(worker)}; master: ${list(master)})${failed(report)}`,
        '<= 1',
      )
    }
    bench.end()
  },

  async rounds() {
    const bench = await Bench.start({ workers: 0, pool: 256 })
    const settled: ServerFigures[] = []
    for (let round = 1; round <= 10; round++) {
      if (round === 1) settled.push(await bench.figures())
      await bench.ask({ type: 'open', count: 1000 })
      await bench.ask({ type: 'close' })
      // Until then the transport remembers what it closed (RFC 9000 §10.2), and V8 a large young generation.
      if (round === 3 || round === 10) await pause(REST)
      let figures = await bench.figures()
      while (figures.connections > 0 || figures.pooled < 256) {
        await pause(0.2)
        figures = await bench.figures()
      }
      settled.push(figures)
    }
    const first = settled[0]!
    const third = settled[3]!
    const last = settled.at(-1)!
    const beside = ({ descriptors, pooled }: ServerFigures) => descriptors - 2 * pooled
    row(
      'ten rounds of 1,000 connects and closes: descriptors more than before',
      String(beside(last) - beside(first)),
      '0',
    )
    row(
      `the same, from the third round to the last, after ${REST} s of rest: heap, resident`,
      `${megabytes(last.heap - third.heap)}, ${megabytes(last.resident - third.resident)}`,
      '< 1 MB',
    )
    const { time, count } = last.collections
    row(
      'garbage collection during those 10,000 connections, and CPU of all',
      `${time.toFixed(0)} ms in ${count} times, ${((last.begin.cpu - first.end.cpu) / 1000).toFixed(0)} ms`,
      'reported',
    )
    bench.end()
  },

  async many() {
    const each = 5000
    const limit = descriptorLimit()
    if (limit < 2 * each + 1000) {
      console.log(`skipped: 10,000 connections need ulimit -n ${2 * each + 1000}, it is ${limit}`)
      return
    }
    const began = performance.now()
    const benches = [
      await Bench.start({ workers: 0, pool: each + 50 }),
      await Bench.start({ workers: 0, pool: each + 50 }),
    ]
    const reports = await Promise.all(
      benches.map((bench) => bench.ask({ type: 'open', count: each })),
    )
    const answers = await Promise.all(
      benches.map((bench) =>
        bench.ask({ type: 'requests', inFlight: each, count: each, path: '/' }),
      ),
    )
    const all = await Promise.all(benches.map((bench) => bench.figures()))
    const sum = (value: (figures: ServerFigures) => number) =>
      all.reduce((total, figures) => total + value(figures), 0)
    row(
      'two processes, 5,000 connections each, every one answers a request',
      `${sum(({ connections }) => connections)} connections, ${sum(({ realVfds }) => realVfds)} real vfds, ` +
        `${sum(({ emulatedVfds }) => emulatedVfds)} emulated, ${sum(({ descriptors }) => descriptors)} descriptors, ` +
        `${answers.reduce((total, { times }) => total + times.length, 0)} answers${reports.map(failed).join('')}` +
        `${answers.map(failed).join('')}`,
      '10,000 of each',
    )
    row(
      'resident of the two, and time for all of it',
      `${all.map(({ resident }) => megabytes(resident)).join(' + ')}, ${((performance.now() - began) / 1000).toFixed(0)} s`,
      'reported',
    )
    for (const bench of benches) bench.end()
  },
}

const wanted = process.argv.slice(2)
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ` +
    `load ${loadavg()[0]?.toFixed(1)} at the beginning\n`,
)
console.log('| measure | figure | target of the design |')
console.log('|---|--:|--:|')
try {
  for (const [name, job] of Object.entries(jobs)) {
    if (wanted.length === 0 || wanted.includes(name)) await job()
  }
} finally {
  for (const child of running) child.kill('SIGKILL')
}
