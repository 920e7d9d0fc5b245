import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VfdKind, VfdPair } from '../../../src/vfd/index.ts'
import { EMULATED_BASE } from '../../../src/vfd/limits.ts'
import { run } from '../../support/processes.ts'
import {
  countNewSockets,
  isSocket,
  linkOf,
  nodeMajor,
  openDescriptors,
  openSockets,
  openSource,
  seesDescriptors,
  until,
} from '../support.ts'

const test = suite('vfd/source/ladder')

const child = fileURLToPath(new URL('ladder-child.ts', import.meta.url))

/** The script, which lowers its `ulimit -n` itself, or with flags of Node; the JSON of its last line. */
const runChild = async (flags: string[], args: string[], limit?: number) => {
  const lower = limit === undefined ? [] : [`--nofile=${limit}`]
  const result = await run(process.execPath, [...flags, child, ...args, ...lower])
  const line = result.output.trim().split('\n').at(-1) ?? ''
  if (result.code !== 0 || !line.startsWith('{')) throw new Error(result.output)
  return { ...(JSON.parse(line) as Outcome), output: result.output }
}

interface Outcome {
  readonly kind: VfdKind | 'rejected'
  readonly kinds: VfdKind[]
  readonly refused: number
  readonly warnings: string[]
  readonly fileWritten: boolean
}

const headers = join(dirname(process.execPath), '../include/node')
const addon = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'vfd-addon-'))
  const source = fileURLToPath(
    new URL('../../../src/vfd/source/native/vfd-addon.c', import.meta.url),
  )
  const includes = [headers, '/usr/include/node'].filter((path) =>
    existsSync(join(path, 'node_api.h')),
  )
  if (includes.length === 0) return undefined
  const file = join(folder, 'vfd-addon.node')
  try {
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-Wall',
      '-Werror',
      '-I',
      includes[0]!,
      '-o',
      file,
      source,
    ])
    return file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const hasKoffi = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('koffi')
    return true
  } catch {
    return false
  }
}

/** Every promise of a source that gives real pairs. */
const checkReal = async (kind: VfdKind, options: { addon?: string } = {}): Promise<void> => {
  const before = openSockets()
  const { source, warnings } = await openSource({ prefer: kind, poolSize: 16, ...options })
  assert.is(source.kind, kind)
  assert.equal(warnings, [])
  // Both ends of each pair, and what listens to ourselves: for a helper it is there for bursts.
  const held = 2 * 16 + (kind === 'unix' || kind === 'helper' ? 1 : 0)
  await until(() => countNewSockets(before) === held, 'two sockets a pair, and no others')
  const pairs = Array.from({ length: 9 }, () => source.acquire()!)
  for (const pair of pairs) {
    assert.is(pair.kind, kind)
    assert.ok(isSocket(pair.vfd) && isSocket(pair.peer))
    // By what they lead to: a number that was free meanwhile comes again.
    assert.not.ok(before.has(linkOf(pair.vfd)!) || before.has(linkOf(pair.peer)!))
  }
  assert.is(new Set(pairs.flatMap(({ vfd, peer }) => [vfd, peer])).size, 18)

  // A byte into the internal end comes out of the vfd of the same pair, and of no other.
  const read: number[] = []
  for (const pair of pairs) {
    assert.is(pair.open(), pair.open())
    pair.open()!.on('data', (data) => read.push(pair.vfd, data.length))
  }
  assert.is(pairs[3]!.signal(), true)
  await until(() => read.length > 0, 'the byte')
  assert.equal(read, [pairs[3]!.vfd, 1])

  for (const pair of pairs) source.release(pair)
  await until(() => source.stats.pooled >= 16 && source.stats.live === 0, 'a full pool')
  await until(() => countNewSockets(before) === held, 'two sockets a pair, as before')
  await source.close()
  await until(() => countNewSockets(before) === 0, 'everything closed')
}

if (seesDescriptors) {
  test('a helper gives real pairs that work and are closed', () => checkReal('helper'))
  test('a Unix socket gives real pairs that work and are closed', () => checkReal('unix'))

  const library = addon()
  if (library === undefined)
    console.log('skipped: no C compiler or no headers of Node for the addon')
  else {
    test('an addon gives real pairs that work and are closed', () =>
      checkReal('native', { addon: library }))
    test('a named addon is what is used by default', async () => {
      const { source, warnings } = await openSource({ addon: library })
      assert.is(source.kind, 'native')
      assert.equal(warnings, [])
      await source.close()
      rmSync(dirname(library), { recursive: true })
    })
  }

  if (nodeMajor < 26) console.log('skipped: node:ffi comes with Node 26')
  else {
    test('node:ffi gives real pairs that work and are closed', () => checkReal('ffi'))
    test('node:ffi is the default, without a word on stderr', async () => {
      const { output, kind } = await runChild(['--import', 'tsx'], ['2'])
      assert.is(kind, 'ffi')
      assert.not.match(output, /warning: /i)
    })
  }

  if (!hasKoffi()) console.log('skipped: koffi is not installed')
  else test('koffi gives real pairs that work and are closed', () => checkReal('koffi'))

  if (nodeMajor < 26) console.log('skipped: a helper cannot move internal ends up')
  else
    test('vfds are dense when the internal ends can be moved up', async () => {
      const before = openDescriptors()
      const { source } = await openSource({ poolSize: 100 })
      const pairs = Array.from({ length: 100 }, () => source.acquire()!)
      const vfds = pairs.map(({ vfd }) => vfd)
      // The lowest free numbers, as if there were no internal ends.
      const highest = Math.max(...[...before].map(Number), before.size + 105)
      assert.ok(Math.max(...vfds) <= highest)
      assert.ok(Math.min(...pairs.map(({ peer }) => peer)) > Math.max(...vfds))
      for (const pair of pairs) source.release(pair)
      await source.close()
    })

  test('ten rounds of 1,000 used pairs leave no descriptor behind', async () => {
    const { source } = await openSource({
      prefer: nodeMajor >= 26 ? 'ffi' : 'unix',
      poolSize: 1000,
    })
    const before = openSockets().size
    for (let round = 0; round < 10; round++) {
      const pairs: VfdPair[] = []
      for (let i = 0; i < 1000; i++) pairs.push(source.acquire()!)
      assert.ok(pairs.every(({ kind }) => kind !== 'emulated'))
      for (const [i, pair] of pairs.entries()) {
        if (i % 2 === 0) pair.open()
        pair.signal()
      }
      for (const pair of pairs) source.release(pair)
      await until(() => source.stats.pooled >= 1000, 'a full pool')
      await until(() => openSockets().size === before, `as many as before in round ${round}`)
    }
    await source.close()
  })

  test('ten rounds of 1,000 pairs of a helper leave no descriptor behind', async () => {
    const { source } = await openSource({ prefer: 'helper', poolSize: 1000 })
    const before = openSockets().size
    for (let round = 0; round < 10; round++) {
      const pairs = Array.from({ length: 1000 }, () => source.acquire()!)
      assert.ok(pairs.slice(0, 500).every(({ kind }) => kind === 'helper'))
      for (const pair of pairs) source.release(pair)
      await until(() => source.stats.pooled >= 1000, 'a full pool')
    }
    await until(() => openSockets().size === before, 'the same number of sockets')
    await source.close()
  })

  test('a burst beyond the pool gets pairs of a Unix socket at once, and leaves nothing behind', async () => {
    const { source, warnings } = await openSource({ prefer: 'helper', poolSize: 8 })
    const pairs = Array.from({ length: 40 }, () => source.acquire()!)
    const kinds = pairs.map(({ kind }) => kind)
    assert.equal(kinds, [...new Array(8).fill('helper'), ...new Array(32).fill('unix')])
    assert.is(new Set(pairs.map(({ vfd }) => vfd)).size, 40)
    assert.ok(pairs.every(({ vfd }) => isSocket(vfd)))
    assert.is(source.stats.live, 40)
    assert.is(source.stats.emulated, 0)
    await until(() => pairs.every(({ peer }) => peer >= 0 && isSocket(peer)), 'both ends of each')
    await until(() => source.stats.pooled === 8, 'a full pool')
    const links = pairs.filter(({ kind }) => kind === 'unix').map(({ vfd }) => linkOf(vfd))
    for (const pair of pairs) source.release(pair)
    assert.is(source.stats.live, 0)
    assert.equal(warnings, [])
    const open = openSockets()
    assert.not.ok(links.some((link) => open.has(link!)))
    await source.close()
  })

  test('a helper that is killed each time is given up for a Unix socket, with one warning', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vfd-helper-'))
    const [helperPath, doomed] = [join(folder, 'node'), join(folder, 'doomed')]
    const script = `#!/bin/sh\n[ -e '${doomed}' ] && kill -9 $$\nexec '${process.execPath}' "$@"\n`
    writeFileSync(helperPath, script, { mode: 0o755 })
    const { source, warnings } = await openSource({ prefer: 'helper', poolSize: 8, helperPath })
    writeFileSync(doomed, '')
    const pairs = Array.from({ length: 8 }, () => source.acquire()!)
    assert.ok(pairs.every(({ kind }) => kind === 'helper'))
    const next = source.acquire()!.kind
    await until(() => source.kind === 'unix', 'the next way')
    assert.is(next, 'unix', 'what is wanted at once does not wait for that')
    assert.equal(
      warnings.map(({ kind, next }) => [kind, next]),
      [['helper', 'unix']],
    )
    assert.is(source.stats.failedRefills, 4)
    assert.is(source.acquire()!.kind, 'unix')
    // What the helper made before lives on.
    assert.ok(pairs.every(({ vfd, peer }) => isSocket(vfd) && isSocket(peer)))
    for (const pair of pairs) source.release(pair)
    await source.close()
    rmSync(folder, { recursive: true })
  })
} else console.log('skipped: descriptors can only be looked at on Linux')

/** Debian's util-linux: a process lowers its own limits with it. */
const prlimit = '/usr/bin/prlimit'

if (seesDescriptors && existsSync(prlimit)) {
  test('at the limit on open files connections get numbers, and are counted', async () => {
    const { kind, kinds, refused } = await runChild(['--import', 'tsx'], ['150'], 200)
    assert.is.not(kind, 'emulated')
    assert.is(kinds.length, 150)
    const real = kinds.filter((each) => each !== 'emulated').length
    assert.ok(real > 10 && real < 70, `${real} real pairs under a limit of 200 with 64 in reserve`)
    assert.is(refused, 0)
  })

  test('the reserve is left free: files can be written at the limit', async () => {
    const { fileWritten } = await runChild(['--import', 'tsx'], ['150'], 200)
    assert.is(fileWritten, true)
  })

  test('a strict source refuses at the limit instead', async () => {
    const { kinds, refused } = await runChild(['--import', 'tsx'], ['150', '--strict'], 200)
    assert.not.ok(kinds.includes('emulated'))
    assert.is(kinds.length + refused, 150)
    assert.ok(refused > 80)
  })

  test('without room for any pair everything is emulated, and it is said', async () => {
    const { kind, kinds, warnings } = await runChild(['--import', 'tsx'], ['5'], 80)
    assert.is(kind, 'emulated')
    assert.equal(kinds, new Array(5).fill('emulated'))
    assert.match(warnings.at(-1) ?? '', 'limit on open files')
  })
} else console.log(`skipped: limits on open files: no ${prlimit}`)

test('a way that cannot be is passed over with one warning that names the next', async () => {
  const { source, warnings } = await openSource({
    prefer: 'native',
    addon: '/nonexistent/vfd-addon.node',
  })
  assert.equal(
    warnings.filter(({ kind }) => kind === 'native').map(({ next }) => next),
    ['ffi'],
  )
  assert.is.not(source.kind, 'native')
  await source.close()
})

test('what is not installed is passed over without a warning', async () => {
  const { source, warnings } = await openSource()
  assert.equal(warnings, [])
  await source.close()
})

test('a helper that cannot be started is passed over', async () => {
  const { source, warnings } = await openSource({
    prefer: 'helper',
    helperPath: '/nonexistent/node',
  })
  assert.is(source.kind, 'unix')
  assert.is(warnings.length, 1)
  assert.match(warnings[0]!.message, 'ENOENT')
  await source.close()
})

test('a helper that is no helper is passed over', async () => {
  const { source, warnings } = await openSource({ prefer: 'helper', helperPath: '/bin/true' })
  assert.is(source.kind, 'unix')
  assert.match(warnings[0]!.message, 'ended early')
  await source.close()
})

test('emulated numbers are above every descriptor, have no stream and cannot be signalled', async () => {
  const { source, warnings } = await openSource({ prefer: 'emulated', strict: true })
  const pairs = [source.acquire()!, source.acquire()!]
  assert.equal(
    pairs.map(({ vfd, peer, kind }) => [vfd, peer, kind]),
    [
      [EMULATED_BASE, -1, 'emulated'],
      [EMULATED_BASE + 1, -1, 'emulated'],
    ],
  )
  assert.is(pairs[0]!.open(), undefined)
  assert.is(pairs[0]!.signal(), false)
  source.release(pairs[0]!)
  assert.is(source.stats.live, 1)
  assert.is(source.acquire()!.vfd, EMULATED_BASE, 'a number that is free is used again')
  assert.is(source.stats.emulated, 3)
  assert.equal(warnings, [])
})

const permissionFlag = nodeMajor >= 24 ? '--permission' : '--experimental-permission'
const permissionFlags = [permissionFlag, '--allow-fs-read=*', '--allow-worker']

test('under the permission model it says what is refused, and goes on with what is left', async () => {
  const { kind, kinds, warnings } = await runChild([...permissionFlags, '--import', 'tsx'], ['3'])
  // Node 20 does not restrict Unix sockets.
  const left = nodeMajor >= 26 ? 'emulated' : 'unix'
  assert.is(kind, left)
  assert.equal(kinds, new Array(3).fill(left))
  assert.match(warnings.join('\n'), /^helper: .*(permission|restricted|denied)/im)
  if (left === 'emulated') assert.match(warnings.at(-1)!, /^unix: .*trying emulated/)
})

if (nodeMajor >= 26)
  test('a strict source without any real way rejects', async () => {
    const { kind, warnings } = await runChild(
      [...permissionFlags, '--import', 'tsx'],
      ['3', '--strict'],
    )
    assert.is(kind, 'rejected')
    assert.match(warnings.at(-1)!, 'ERR_VFD_NO_SOURCE')
  })

test.run()
