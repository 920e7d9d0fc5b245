import { fstatSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConnectionInit,
  createVfdSource,
  type VfdSource,
  type VfdSourceOptions,
  type VfdWarning,
} from '../../src/vfd/index.ts'

export const INIT: ConnectionInit = {
  remoteAddress: '192.0.2.1',
  remotePort: 4433,
  localAddress: '192.0.2.2',
  localPort: 443,
}

/** Descriptors can be looked at in /proc. */
export const seesDescriptors = process.platform === 'linux'

export const nodeMajor = Number(process.versions.node.split('.')[0])

/** Open descriptors of this process; the one that reads the folder is among them each time. */
export const openDescriptors = (): Set<string> => new Set(readdirSync('/proc/self/fd'))

/** What a descriptor leads to; undefined for one that is closed. */
export const linkOf = (fd: number | string): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

/** The open sockets of this process, each by a name that no other has. Files come and go with the loader. */
export const openSockets = (): Set<string> => {
  const links = [...openDescriptors()].map((fd) => linkOf(fd) ?? '')
  return new Set(links.filter((link) => link.startsWith('socket:[')))
}

/** How many sockets are open that were not there at another time. */
export const countNewSockets = (before: ReadonlySet<string>): number =>
  [...openSockets()].filter((socket) => !before.has(socket)).length

export const isSocket = (fd: number): boolean =>
  fstatSync(fd).isSocket() && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:[')

export const until = async (condition: () => boolean, what: string): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await sleep(5)
  }
}

/** A figure once it stays the same: a helper that has just filled the pool still lets go of its own. */
export const settled = async (read: () => number): Promise<number> => {
  for (let last = read(); ; ) {
    await sleep(200)
    const next = read()
    if (next === last) return next
    last = next
  }
}

/** A source whose pool is full, and what it warned of. */
export const openSource = async (
  options: Partial<VfdSourceOptions> = {},
): Promise<{ source: VfdSource; warnings: VfdWarning[] }> => {
  const warnings: VfdWarning[] = []
  const source = await createVfdSource({
    ...options,
    onWarning: (warning) => warnings.push(warning),
  })
  if (source.kind !== 'emulated') {
    const size = options.poolSize ?? 128
    await until(() => source.stats.pooled >= size, 'a full pool')
  }
  return { source, warnings }
}
