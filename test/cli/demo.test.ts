import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { CapturedIo } from '../support/captured-io.ts'
import { startServer } from '../support/http3.ts'

const test = suite('cli/demo')

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'tsquic-'))

test.before(() => process.chdir(folder))

test.after(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

test('--check fetches the site from itself and ends', async () => {
  const io = new CapturedIo()
  assert.is(await main(['demo', '--check'], io), 0, io.err)
  assert.match(io.out, /^ok: https:\/\/localhost:\d+\/ answered 200 /)
})

test('a port that is taken is said, with what to do', async () => {
  const { server } = await startServer(() => {})
  const io = new CapturedIo()
  // The other one has IPv4 alone; the demo wants both.
  const port = String(server.address()?.port)
  const code = await main(['demo', '--check', '--port', port], io)
  assert.is(code, 1)
  assert.match(io.err, `port ${port} is taken`)
  await server.close()
})

test.run()
