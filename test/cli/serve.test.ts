import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { answerOf, ask } from '../support/http3.ts'

const test = suite<{ folder: string }>('cli/serve')
const program = fileURLToPath(new URL('../../bin/tsquic.js', import.meta.url))

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
  writeFileSync(join(context.folder, 'a.txt'), 'content')
  writeFileSync(join(context.folder, 'large'), Buffer.alloc(20_000_000))
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
    const session = connect(/https:\/\/localhost:\d+/.exec(output)![0], { ca })
    assert.is((await ask(session, { ':path': '/a.txt' })).body.toString(), 'content')
    const hidden = await ask(session, { ':path': '/.tsquic/key.pem' })
    assert.is(hidden.headers[':status'], 404)
    // A download in progress outlives the signal.
    const large = session.request({ ':path': '/large' })
    await once(large, 'response')
    child.kill(signal)
    assert.is((await answerOf(large)).body.length, 20_000_000)
    assert.equal(await ended, [0, null])
    return ca
  }
  const first = await run('SIGTERM')
  assert.is(statSync(join(folder, '.tsquic/key.pem')).mode & 0o777, 0o600)
  assert.is(await run('SIGINT'), first)
})

test.run()
