/**
 * Measures virtual fds: memory of pairs, the cost of a notice, the three schemes of directories and
 * the pool. Every figure is the median of three runs in fresh processes, beside what was measured
 * of the mechanisms alone when they were designed (Node 20.20 / 26.10, 2 cores).
 *
 *   npm run bench:vfd -- [KIND] [TABLE...]
 *
 * KIND is a source (`helper`, `ffi`, …; default the best one here); tables are `pairs`, `notices`,
 * `schemes`, `pool` and `records`.
 */
import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import { promisify } from 'node:util'
import { createVfdSource, pairBudget, type VfdKind, vfdKinds } from '../src/vfd/index.ts'
import { benchScript } from './script.ts'
import type { VfdFigures, VfdJob } from './vfd-job.ts'

const rounds = 3
const script = benchScript('vfd-measure')
const run = promisify(execFile)

const words = process.argv.slice(2)
const isKind = (word: string): word is VfdKind => vfdKinds.some((kind) => kind === word)
const kind = words.find(isKind) ?? 'best'
const tables = words.filter((word) => !isKind(word))
const wants = (table: string): boolean => tables.length === 0 || tables.includes(table)

const probe = await createVfdSource({
  poolSize: 0,
  onWarning: ({ message }) => console.error(message),
  ...(kind !== 'best' && { prefer: kind }),
})
await probe.close()
const makesAtOnce = ['native', 'ffi', 'koffi', 'emulated'].includes(probe.kind)

/** As many as in the design's figures, if the source is quick and the limit on open files lets us. */
const many = Math.min(makesAtOnce ? 9_000 : 2_000, pairBudget() - 300)

const base: VfdJob = {
  measure: 'pairs',
  kind,
  count: 1_000,
  scheme: 'socketpair',
  opens: false,
  notify: 'doorbell',
  rate: 0,
  pooled: true,
  reuses: true,
}

const measureOnce = async (job: VfdJob): Promise<VfdFigures> => {
  const args = ['--expose-gc', ...process.execArgv, script, JSON.stringify(job)]
  const { stdout } = await run(process.execPath, args, { timeout: 120_000 })
  return JSON.parse(stdout) as VfdFigures
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** The median of each figure on its own. */
const measure = async (changes: Partial<VfdJob>): Promise<VfdFigures> => {
  const all: VfdFigures[] = []
  for (let round = 0; round < rounds; round++) all.push(await measureOnce({ ...base, ...changes }))
  const result: Record<string, number | string> = { ...all[0]! }
  for (const [name, value] of Object.entries(result))
    if (typeof value === 'number')
      result[name] = median(all.map((figures) => figures[name as 'cpu'] ?? 0))
  return result as unknown as VfdFigures
}

const format = (value: number | undefined): string => {
  if (value === undefined) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Math.abs(value) < 0.005 ? '0' : value.toPrecision(2)
}

const percent = (value: number | undefined): string => `${((value ?? 0) * 100).toFixed(1)} %`

const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`)

const head = (title: string, ...cells: readonly string[]): void => {
  console.log(`\n${title}\n`)
  row(...cells)
  console.log(`|---|${'--:|'.repeat(cells.length - 1)}`)
}

const measurePairs = async (): Promise<void> => {
  head(
    'Memory of a pair',
    'pairs',
    'source',
    'kernel B',
    'design',
    'resident B',
    'design (20 / 26)',
  )
  for (const [count, opens, design] of [
    [1_000, false, '~0'],
    [1_000, true, '7,700 / 8,500'],
    [many, false, '~0'],
    [many, true, '3,800 / 3,900'],
  ] as const) {
    const { kind: used, kernel, resident } = await measure({ measure: 'pairs', count, opens })
    const title = `${count.toLocaleString('en')}${opens ? ', opened as streams' : ''}`
    row(title, used, format(kernel), '4,300-6,000', format(resident), design)
  }
}

const measureNotices = async (): Promise<void> => {
  head('CPU of notices, 1,000 connections', 'way', 'notices/s', 'of one core', 'design')
  const designs = {
    direct: { 10000: '1.3 %', 50000: '1.5 %' },
    doorbell: { 10000: '2.5-2.9 %', 50000: '3.3-3.6 %' },
    fd: { 10000: '11.0-12.6 %', 50000: '35-42 %' },
  }
  const titles = { direct: 'direct call', doorbell: 'doorbell, ready list', fd: 'a byte a vfd' }
  const cost: Record<string, number> = {}
  for (const notify of ['direct', 'doorbell', 'fd'] as const) {
    for (const rate of [10_000, 50_000] as const) {
      const { cpu, told } = await measure({ measure: 'notices', notify, rate })
      cost[`${notify} ${rate}`] = cpu ?? 0
      row(titles[notify], format(told), percent(cpu), designs[notify][rate])
    }
  }
  for (const rate of [10_000, 50_000]) {
    const ratio = cost[`fd ${rate}`]! / cost[`doorbell ${rate}`]!
    const wanted = rate === 10_000 ? ' (target: at least 3)' : ''
    console.log(
      `\nA byte a vfd costs ${ratio.toFixed(1)} times as much at ${rate.toLocaleString('en')}/s${wanted}.`,
    )
  }
}

const measureSchemes = async (): Promise<void> => {
  head(
    `The schemes, ${many.toLocaleString('en')} connections`,
    'scheme',
    'source',
    'set-up µs',
    'of that add() µs',
    'design',
    'heap B',
    'resident B',
    'design',
    'kernel B',
    'design',
    'descriptors',
  )
  const schemes: readonly (readonly [string, Partial<VfdJob>, string, string, string])[] = [
    ['1 socketpair, opened', { opens: true }, '44 / 26', '5,080 / 4,510', '5,390 / 5,160'],
    ['1 socketpair', {}, '14 / 15', '1,280 / 1,430', '4,960 / 4,930'],
    ['1 emulated', { kind: 'emulated' }, '0.7 / 1.3', '1,260 / 750', '0'],
    ['2 shared', { scheme: 'shared' }, '0.6 / 0.8', '420 / 280', '0'],
    ['3 session id', { scheme: 'session' }, '0.35 / 0.30', '620 / 210', '0'],
  ]
  for (const [title, changes, time, resident, kernel] of schemes) {
    const found = await measure({ measure: 'connections', count: many, ...changes })
    const source = (changes.scheme ?? 'socketpair') === 'socketpair' ? found.kind : '-'
    row(
      title,
      source,
      format(found.setUp),
      format(found.add),
      time,
      format(found.heap),
      format(found.resident),
      resident,
      format(found.kernel),
      kernel,
      format(found.descriptors),
    )
  }
}

const measurePool = async (): Promise<void> => {
  head(
    'A vfd and its place in the table, 4,000 connections at up to 8,000/s',
    'pool',
    'source',
    'median µs',
    'p99 µs',
    'design',
    'out of the pool',
    'emulated',
    'longest refill ms',
  )
  for (const pooled of [true, false]) {
    const found = await measure({ measure: 'adds', count: 4_000, pooled })
    row(
      pooled ? '512' : 'none',
      found.kind,
      format(found.median),
      format(found.p99),
      pooled ? '< 1' : '15-75',
      percent(found.hitRate),
      format(found.emulated),
      format(found.longestRefill),
    )
  }
}

const measureRecords = async (): Promise<void> => {
  head(
    'Records of 10,000 short connections, 1,000 open at a time',
    'records',
    'µs a connection',
    'new objects, B a connection',
    'collections',
    'ms in them',
  )
  for (const reuses of [true, false]) {
    const found = await measure({ measure: 'records', count: 10_000, reuses })
    row(
      reuses ? 'used again' : 'new ones',
      format(found.setUp),
      format(found.allocated),
      format(found.collections),
      format(found.collecting),
    )
  }
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}`)
if (wants('pairs')) await measurePairs()
if (wants('notices')) await measureNotices()
if (wants('schemes')) await measureSchemes()
if (wants('pool')) await measurePool()
if (wants('records')) await measureRecords()
