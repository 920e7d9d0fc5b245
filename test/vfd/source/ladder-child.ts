/** Opens a source, takes pairs and tells about them: `ladder-child.ts COUNT [--strict]`. */
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVfdSource, type VfdKind } from '../../../src/vfd/index.ts'

const count = Number(process.argv[2])
const strict = process.argv[3] === '--strict'
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
