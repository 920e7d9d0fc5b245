import { isAbsolute } from 'node:path'
import { argumentError, shown } from '../../api/internals.ts'
import { type DispatchMode, dispatchModes } from '../dispatch/index.ts'
import type { NotifyMode } from '../notifier.ts'
import { vfdKinds } from '../source/ladder.ts'
import type { DirectoryScheme } from '../table/directory.ts'
import type { ServerOptions } from './options.ts'

/** The longest that a timer of Node waits, in ms: with more it ends at once. */
const MAX_TIMER = 2 ** 31 - 1
const MAX_INTEGER = Number.MAX_SAFE_INTEGER
/** As many as a pool of them takes. */
const MAX_WORKERS = 1000

type Range = readonly [name: keyof ServerOptions, least: number, most: number]

const RANGES: readonly Range[] = [
  ['workerNum', 0, MAX_WORKERS],
  ['taskWorkerNum', 0, MAX_WORKERS],
  ['maxRequest', 0, MAX_INTEGER],
  ['maxWaitTime', 0, MAX_TIMER],
  ['maxConn', 1, MAX_INTEGER],
  ['vfdPoolSize', 0, MAX_INTEGER],
  ['heartbeatCheckInterval', 1, MAX_TIMER],
  ['heartbeatIdleTime', 1, MAX_TIMER],
  ['socketBufferSize', 1, MAX_INTEGER],
  ['bufferHighWatermark', 1, MAX_INTEGER],
  ['bufferLowWatermark', 0, MAX_INTEGER],
]

const NOTIFY_MODES: readonly unknown[] = ['doorbell', 'fd'] satisfies NotifyMode[]
const SCHEMES: readonly unknown[] = ['socketpair', 'shared', 'session'] satisfies DirectoryScheme[]

type Choice = readonly [name: keyof ServerOptions, known: readonly unknown[]]

const CHOICES: readonly Choice[] = [
  ['notify', NOTIFY_MODES],
  ['scheme', SCHEMES],
  ['vfdSource', vfdKinds],
  ['dispatchMode', [...Object.keys(dispatchModes), ...Object.values(dispatchModes)]],
]

/** Each option by itself, and what `dispatchMode` and the workers need beside them. */
export function checkOptions(options: ServerOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw argumentError('ERR_INVALID_ARG_TYPE', 'A server needs an object with options')
  }
  for (const [name, least, most] of RANGES) checkRange(name, options[name], least, most)
  for (const [name, known] of CHOICES) {
    const value = options[name]
    if (value === undefined || known.includes(value)) continue
    throw invalid(`\`${name}\` must be one of ${known.join(', ')}, not ${shown(value)}`)
  }
  checkDispatch(options)
  checkWorker(options)
  checkTopSocket(options.topSocket)
}

function checkRange(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined) return
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return
  const range = most === MAX_INTEGER ? `${least} up` : `${least} to ${most}`
  throw outOfRange(`\`${name}\` must be an integer from ${range}, not ${shown(value)}`)
}

function checkDispatch({ dispatchMode, dispatchFunction }: ServerOptions): void {
  if (dispatchFunction !== undefined && typeof dispatchFunction !== 'function') {
    throw invalid(`\`dispatchFunction\` must be a function, not ${shown(dispatchFunction)}`)
  }
  if (dispatchFunction === undefined && isUserFunction(dispatchMode)) {
    throw invalid('The dispatch mode userfunc needs a `dispatchFunction`')
  }
}

function isUserFunction(mode: DispatchMode | undefined): boolean {
  return mode === 'userfunc' || mode === dispatchModes.userfunc
}

function checkWorker({ worker, workerNum = 0, taskWorkerNum = 0 }: ServerOptions): void {
  if (worker === undefined) {
    if (workerNum + taskWorkerNum > 0) throw invalid('Workers need a module: give `worker`')
    return
  }
  const text: unknown = worker instanceof URL ? worker.href : worker
  if (isFile(text)) return
  throw invalid(`\`worker\` must be a file URL or an absolute path, not ${shown(text)}`)
}

function isFile(text: unknown): boolean {
  if (typeof text !== 'string') return false
  return isAbsolute(text) || (URL.canParse(text) && new URL(text).protocol === 'file:')
}

function checkTopSocket(where: unknown): void {
  if (where === undefined || typeof where === 'boolean') return
  if (typeof where === 'string' && where !== '' && !where.includes('\0')) return
  throw invalid(`\`topSocket\` must be a path or a boolean, not ${shown(where)}`)
}

/** Throws where a buffer would be full before it can be empty. */
export function checkWatermarks(low: number, high: number): void {
  if (low <= high) return
  const message = `\`bufferLowWatermark\` (${low}) is above \`bufferHighWatermark\` (${high})`
  throw outOfRange(message)
}

function invalid(message: string): TypeError {
  return argumentError('ERR_INVALID_ARG_VALUE', message)
}

function outOfRange(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
}
