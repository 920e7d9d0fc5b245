import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { connect } from '../../src/index.ts'
import { CapturedIo } from '../support/captured-io.ts'
import { runTsquic, startServe } from '../support/cli.ts'
import { answerOf } from '../support/http3.ts'
import { run } from '../support/processes.ts'
import { Workspace } from '../support/workspace.ts'

const test = suite<{ folder: string }>('cli/top')
const program = fileURLToPath(new URL('../../bin/tsquic.js', import.meta.url))

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
})

test.after(({ folder }) => rmSync(folder, { recursive: true }))

test('top shows the connections of a server with workers, in a pipe and once', async ({
  folder,
}) => {
  const workspace = new Workspace()
  writeFileSync(join(workspace.www, 'a.txt'), 'content')
  const identity = await workspace.createIdentity('server')
  const path = join(folder, 'top.sock')
  const server = await startServe(workspace.www, identity, ['--workers', '2', '--top', path])
  const session = connect(`https://localhost:${server.port}`, { ca: identity.cert })
  try {
    const answer = await answerOf(session.request({ ':path': '/a.txt' }))
    assert.is(answer.body.toString(), 'content')
    const { code, output } = await runTsquic(['top', path, '--once'])
    assert.is(code, 0, output)
    const lines = output.trimEnd().split('\n')
    assert.match(lines[1]!, /^1 connections \(1 accepted, 0 closed, 0 refused\)/)
    assert.match(lines[3]!, /^requests: 1, 1 answered, 0 lost, 0 stale$/)
    assert.match(lines[4]!, /^workers \(now\/all\): 0 idle 0\/0, 1 idle 0\/1$/)
    assert.match(lines[6]!, /^ *FD +SESSION +PEER +STATE +STREAMS +IN +OUT +QUEUED +RTT +WORKER/)
    assert.match(
      lines[7]!,
      /^ *\d+ +1 +127\.0\.0\.1:\d+ +open +0 .* kB +.* kB +0 B +[\d.]+ ms +1 +-$/,
    )
    assert.is(lines.length, 8)
  } finally {
    session.destroy()
    await server.process.stop()
  }
  const gone = await runTsquic(['top', path, '--once'])
  assert.is(gone.code, 1)
  assert.match(gone.output, /no server answers at .* \(ENOENT\)/)
})

test('top ends without a word when its reader goes away', async ({ folder }) => {
  const path = join(folder, 'top.sock')
  const stats = { startTime: 0, vfd: {}, workers: [] }
  const table = { pid: 1, address: '::', now: 0, stats, clients: [] }
  const server = createServer((client) => {
    client.on('data', () => client.write(`${JSON.stringify(table)}\n`))
  })
  await once(server.listen(path), 'listening')
  const child = spawn(process.execPath, [program, 'top', path, '--interval', '0.05'])
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  server.close()
  assert.equal([code, errors], [0, ''])
})

test('top without a server fails, whether one was named or not', async ({ folder }) => {
  // Sockets by process id are in a folder of this one.
  const env = { TMPDIR: folder }
  for (const args of [['top'], ['top', '999999']]) {
    const { code, output } = await run(process.execPath, [program, ...args], { env })
    assert.is(code, 1, output)
    assert.match(output, /^tsquic top: no server /i)
  }
})

test('top does not look into a folder that others may write to', async ({ folder }) => {
  const shared = join(folder, `tsquic-${userInfo().uid}`)
  mkdirSync(shared)
  chmodSync(shared, 0o777)
  const env = { TMPDIR: folder }
  for (const args of [['top'], ['top', '1']]) {
    const { code, output } = await run(process.execPath, [program, ...args], { env })
    assert.is(code, 1, output)
    assert.match(output, `tsquic top: others may write to the folder ${shared}`)
  }
  // A path was chosen by who names it.
  const named = await run(process.execPath, [program, 'top', join(shared, '1.sock')], { env })
  assert.match(named.output, /no server answers/)
})

const outcome = async (...args: string[]): Promise<[number, string]> => {
  const io = new CapturedIo()
  const code = await main(args, io)
  return [code, io.err]
}

test('wrong usage is told', async () => {
  for (const [args, reason] of [
    [['top', 'a', 'b'], 'one server'],
    [['top', 'x', '--interval', '0'], '--interval'],
    [['serve', '--workers', 'many'], '--workers'],
    [['serve', '--workers', '1', '--dispatch', 'best'], '--dispatch'],
    [['serve', '--top', '/tmp/x'], '--workers'],
  ] as const) {
    const [code, error] = await outcome(...args)
    assert.is(code, 2, error)
    assert.match(error, reason)
  }
})

test('an interval that no timer keeps, or nobody can mean, is refused', async () => {
  // 2147484 s is where Node's timers overflow, and fire at once.
  for (const text of ['2147484', '86401', '1e400', '0.009', '0', '-1', '', 'soon', 'NaN']) {
    const [code, error] = await outcome('top', 'x', `--interval=${text}`)
    assert.is(code, 2, text)
    assert.match(error, `--interval must be a number of seconds from 0.01 to 86400, not "${text}"`)
  }
  for (const text of ['0.01', '86400']) {
    const [code, error] = await outcome('top', 'no-such-socket', `--interval=${text}`)
    assert.is(code, 1, text)
    assert.match(error, 'no server answers')
  }
})

test.run()
