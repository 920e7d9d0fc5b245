import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { connect } from '../../src/index.ts'
import { CapturedIo } from '../support/captured-io.ts'
import { answerOf, ask } from '../support/http3.ts'
import { Workspace } from '../support/workspace.ts'

const test = suite<{ folder: string }>('cli/serve')
const LARGE = 1_000_000
const program = fileURLToPath(new URL('../../bin/tsquic.js', import.meta.url))

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
  writeFileSync(join(context.folder, 'a.txt'), 'content')
  writeFileSync(join(context.folder, 'large'), Buffer.alloc(LARGE))
})

test.after(({ folder }) => rmSync(folder, { recursive: true }))

test('without a certificate one is made, kept for the owner alone and used again', async ({
  folder,
}) => {
  const run = async (signal: NodeJS.Signals) => {
    const child = spawn(process.execPath, [program, 'serve', '--port', '0'], { cwd: folder })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    const ended = once(child, 'exit')
    while (!output.includes('try it')) await once(child.stderr, 'data')
    const ca = await readFile(join(folder, '.tsquic/cert.pem'), 'utf8')
    // So little at a time that the server has the most of a download to send when it is to end.
    const transport = { initialMaxStreamData: 65_536, maxStreamWindow: 65_536 }
    const session = connect(/https:\/\/localhost:\d+/.exec(output)![0], { ca, transport })
    assert.is((await ask(session, { ':path': '/a.txt' })).body.toString(), 'content')
    const hidden = await ask(session, { ':path': '/.tsquic/key.pem' })
    assert.is(hidden.headers[':status'], 404)
    // A download in progress outlives the signal.
    const large = session.request({ ':path': '/large' })
    await once(large, 'response')
    child.kill(signal)
    while (!output.includes('Closing')) await once(child.stderr, 'data')
    assert.is((await answerOf(large)).body.length, LARGE)
    assert.equal(await ended, [0, null])
    return ca
  }
  const first = await run('SIGTERM')
  assert.is(statSync(join(folder, '.tsquic/key.pem')).mode & 0o777, 0o600)
  assert.is(await run('SIGINT'), first)
})

test('a socket for top that cannot be is not taken for the port, and no file is lost', async ({
  folder,
}) => {
  const identity = await new Workspace().createIdentity('server')
  const serve = async (top: string) => {
    const io = new CapturedIo()
    const code = await main(
      [
        ...['serve', folder, '--port', '0', '--workers', '1', '--top', top],
        ...['--cert', identity.certPath, '--key', identity.keyPath],
      ],
      io,
    )
    return [code, io.err] as const
  }
  const file = join(folder, 'a.txt')
  const [code, error] = await serve(file)
  assert.is(code, 2)
  assert.match(error, `tsquic serve: --top: ${file} exists and is no socket`)
  assert.is(await readFile(file, 'utf8'), 'content')
  const missing = join(folder, 'missing')
  const [missingCode, missingError] = await serve(join(missing, 'top.sock'))
  assert.is(missingCode, 2)
  assert.match(missingError, `the directory ${missing} `)
  const used = join(folder, 'used.sock')
  const other = createServer().listen(used)
  await once(other, 'listening')
  const [usedCode, usedError] = await serve(used)
  other.close()
  assert.is(usedCode, 1)
  assert.match(usedError, `the socket ${used} is in use by another process\n  Choose another`)
  assert.match(usedError, '--top')
  assert.not.match(usedError, 'UDP')
})

test.run()
