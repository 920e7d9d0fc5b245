import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { connect } from '../../src/index.ts'
import { CapturedIo } from '../support/captured-io.ts'
import { ask, startServer } from '../support/http3.ts'

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

test('it says how to reach it, shows what it does on a terminal, and ends with Ctrl-C', async () => {
  const io = new CapturedIo(true)
  const ended = main(['demo', '--port', '0'], io)
  while (!io.out.includes('Ctrl-C')) await sleep(10)
  const ca = readFileSync('.tsquic/cert.pem', 'utf8')
  const [origin, port] = /https:\/\/localhost:(\d+)/.exec(io.out)!
  const spki = new X509Certificate(ca).publicKey.export({ type: 'spki', format: 'der' })
  const hash = createHash('sha256').update(spki).digest('base64')
  assert.ok(io.out.includes(`get --ca .tsquic/cert.pem -v ${origin}/`), io.out)
  assert.ok(io.out.includes(`--origin-to-force-quic-on=localhost:${port} `), io.out)
  assert.ok(io.out.includes(`--ignore-certificate-errors-spki-list=${hash} ${origin}/`), io.out)
  const session = connect(origin, { ca })
  const { body } = await ask(session)
  const sent = body.length < 1000 ? `${body.length} B` : `${(body.length / 1000).toFixed(1)} kB`
  while (!io.err.includes(`connections: 1  requests: 1  sent: ${sent}  received: 0 B`))
    await sleep(10)
  await session.close()
  process.emit('SIGINT')
  assert.is(await ended, 0)
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
