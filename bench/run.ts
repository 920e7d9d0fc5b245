/**
 * Measures tsquic beside node:http2 over TLS in one run: server and client in processes of their
 * own on loopback, the same scripts for both stacks, each figure the median of three runs.
 *
 *   npm run bench [-- [udp] JOB...]     jobs: bulk requests handshakes idle
 *
 * With `udp` tsquic over node:dgram and over node:ffi are measured beside each other instead.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { cpus } from 'node:os'
import { createDevCertificate } from '../src/certs/index.ts'
import {
  type ClientOrder,
  type ClientReport,
  idleConnections,
  type Job,
  type ServerOrder,
  type ServerReport,
  type StackName,
  stackPair,
  udpPair,
} from './protocol.ts'
import { benchScript } from './script.ts'

interface Measure {
  readonly job: Job
  readonly title: string
  readonly unit: string
  /** The client's (or the server's) figure in the unit of the table. */
  readonly scale: number
  readonly lowerIsBetter: boolean
}

const measures: readonly Measure[] = [
  { job: 'bulk', title: '400 MB download', unit: 'Gbit/s', scale: 1e-9, lowerIsBetter: false },
  {
    job: 'requests',
    title: 'small requests, 100 in flight',
    unit: '1/s',
    scale: 1,
    lowerIsBetter: false,
  },
  {
    job: 'handshakes',
    title: 'connection + request, 8 at once',
    unit: '1/s',
    scale: 1,
    lowerIsBetter: false,
  },
  {
    job: 'idle',
    title: 'server memory per idle connection',
    unit: 'KiB',
    scale: 1 / 1024,
    lowerIsBetter: true,
  },
]

const rounds = 3
const timeoutMs = 120_000
const { key, cert } = await createDevCertificate()

const start = (script: string): ChildProcess =>
  fork(benchScript(script), { execArgv: ['--expose-gc', ...process.execArgv] })

/** The next report of that type; rejects when the process ends or is silent for too long. */
const next = <Report extends ClientReport | ServerReport, Type extends Report['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Report, { type: Type }>> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(new Error(`no ${type} within ${timeoutMs} ms`)),
      timeoutMs,
    )
    const onExit = (code: number | null): void => settle(new Error(`ended with code ${code}`))
    const onMessage = (report: Report): void => {
      if (report.type !== type) return
      settle(undefined)
      resolve(report as Extract<Report, { type: Type }>)
    }
    const settle = (error: Error | undefined): void => {
      clearTimeout(timer)
      child.off('exit', onExit).off('message', onMessage)
      if (error !== undefined) reject(error)
    }
    child.on('exit', onExit).on('message', onMessage)
  })

const order = (child: ChildProcess, message: ServerOrder): void => {
  child.send(message)
}

const residentBytes = async (server: ChildProcess): Promise<number> => {
  const report = next<ServerReport, 'memory'>(server, 'memory')
  order(server, { type: 'measureMemory' })
  return (await report).residentBytes
}

/** Bytes of the server's resident memory that each idle connection adds. */
const measureIdle = async (server: ChildProcess, client: ChildProcess): Promise<number> => {
  await next<ClientReport, 'warm'>(client, 'warm')
  const before = await residentBytes(server)
  const open = next<ClientReport, 'open'>(client, 'open')
  client.send('go')
  await open
  return ((await residentBytes(server)) - before) / idleConnections
}

const measureOnce = async (stack: StackName, job: Job): Promise<number> => {
  const server = start('server')
  const client = start('client')
  try {
    const listening = next<ServerReport, 'listening'>(server, 'listening')
    order(server, { type: 'start', stack, key, cert })
    const { port } = await listening
    const result = next<ClientReport, 'result'>(client, 'result')
    client.send({ stack, job, port, ca: cert } satisfies ClientOrder)
    if (job !== 'idle') return (await result).value
    const bytes = await measureIdle(server, client)
    client.send('go')
    await result
    return bytes
  } finally {
    client.kill('SIGKILL')
    server.kill('SIGKILL')
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

const format = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

const words = process.argv.slice(2)
const stackNames = words.includes('udp') ? udpPair : stackPair
const wanted = words.filter((word) => word !== 'udp')
const chosen = measures.filter(({ job }) => wanted.length === 0 || wanted.includes(job))

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}\n`)
console.log(`| measure | unit | ${stackNames.join(' | ')} | second : first |`)
console.log(`|---|---|${stackNames.map(() => '--:|').join('')}--:|`)
for (const { job, title, unit, scale, lowerIsBetter } of chosen) {
  const figures = new Map<StackName, number[]>(stackNames.map((stack) => [stack, []]))
  // Round by round, so that a slow moment of the machine falls on both stacks.
  for (let round = 0; round < rounds; round++) {
    for (const [stack, values] of figures) values.push((await measureOnce(stack, job)) * scale)
  }
  const [first, second] = stackNames.map((stack) => median(figures.get(stack)!))
  const ratio = (second! / first!).toFixed(2)
  const note = lowerIsBetter ? ' (less is better)' : ''
  console.log(`| ${title}${note} | ${unit} | ${format(first!)} | ${format(second!)} | ${ratio} |`)
}
