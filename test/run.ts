/**
 * Runs the test files, each in a process of its own, and ends with one line of counts.
 *
 *   node --import tsx test/run.ts [FILE...]
 *
 * Without arguments every `test/**\/*.test.ts` is run. A file fails when a test in it fails, and
 * also when it crashes, prints no totals, runs no test, or does not end in time.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judge, type Verdict } from './support/verdict.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const concurrency = 2
const timeoutMs = 10 * 60_000
/** They move the most bytes: started first, they do not run alone at the end. */
const slowFolders = ['test/peers/', 'test/e2e/']

const running = new Set<number>()

const findTests = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))

const isSlow = (file: string): boolean => slowFolders.some((folder) => file.startsWith(folder))

const inOrder = (files: string[]): string[] =>
  files.sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)) || (a < b ? -1 : 1))

/** A test file leads a process group, so that what it started ends with it. */
const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended already.
  }
}

const runFile = (file: string): Promise<Verdict> =>
  new Promise((done) => {
    const started = performance.now()
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let timedOut = false
    const collect = (chunk: string): void => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const pid = child.pid
    if (pid !== undefined) running.add(pid)
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) killGroup(pid)
    }, timeoutMs)
    child.on('error', (error) => collect(`${error.message}\n`))
    // What the file left running holds our pipes open: it goes first, 'close' comes after.
    child.on('exit', () => {
      if (pid !== undefined) killGroup(pid)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (pid !== undefined) running.delete(pid)
      const seconds = (performance.now() - started) / 1000
      done(judge(file, output, code, timedOut, seconds))
    })
  })

const report = (verdict: Verdict): void => {
  const skipped = verdict.skipped > 0 ? `, ${verdict.skipped} skipped` : ''
  const time = `(${verdict.seconds.toFixed(1)} s)`
  if (verdict.problem === undefined) {
    console.log(`ok    ${verdict.file}: ${verdict.passed} passed${skipped} ${time}`)
    return
  }
  console.log(`FAIL  ${verdict.file}: ${verdict.problem} ${time}`)
  console.log(verdict.output.replace(/^/gm, '      '))
}

const runAll = async (files: string[]): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const verdict = await runFile(file)
      verdicts.push(verdict)
      report(verdict)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return verdicts
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const pid of running) killGroup(pid)
    process.exit(1)
  })
}

const named = process.argv.slice(2).map((file) => relative(root, resolve(file)))
const files = inOrder(named.length > 0 ? named : findTests('test'))
const verdicts = await runAll(files)
const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
  verdicts.reduce((total, verdict) => total + verdict[key], 0)

console.log('')
const notes = new Set(verdicts.flatMap((verdict) => verdict.notes))
for (const note of notes) console.log(note)
console.log(`Node ${process.version}, ${verdicts.length} files`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0
