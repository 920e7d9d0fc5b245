/** Opens a source, takes pairs and tells about them: `ladder-child.ts COUNT [--strict] [--nofile=N]`. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVfdSource, type VfdKind } from '../../../src/vfd/index.ts'

const [count = 0] = process.argv.slice(2, 3).map(Number)
const options = process.argv.slice(3)
const strict = options.includes('--strict')
const limit = options.find((option) => option.startsWith('--nofile='))
// Here and not before the start: what loads TypeScript wants descriptors of its own.
if (limit !== undefined) execFileSync('/usr/bin/prlimit', [`--pid=${process.pid}`, limit])
const warnings: string[] = []

const canOpenFiles = (): boolean => {
  try {
    for (const fd of Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))) closeSync(fd)
    return true
  } catch {
    return false
  }
}

try {
  const source = await createVfdSource({
    strict,
    onWarning: ({ message }) => warnings.push(message),
  })
  const kinds: VfdKind[] = []
  for (let i = 0; i < count; i++) {
    const pair = source.acquire()
    if (pair !== undefined) kinds.push(pair.kind)
    // Lets refills come, as between connections.
    if (i % 10 === 9) await sleep(50)
  }
  const { refused } = source.stats
  const { kind } = source
  const fileWritten = canOpenFiles()
  console.log(JSON.stringify({ kind, kinds, refused, warnings, fileWritten }))
} catch (error) {
  warnings.push((error as NodeJS.ErrnoException).code ?? String(error))
  console.log(
    JSON.stringify({ kind: 'rejected', kinds: [], refused: 0, warnings, fileWritten: false }),
  )
}
process.exit(0)
