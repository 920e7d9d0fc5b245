/** A81: secrets are written only where somebody asked for it, and for nobody else to read. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeKeyLog } from '../../src/cli/key-log.ts'
import { connect } from '../../src/index.ts'
import { ask, startServer } from '../support/http3.ts'

const test = suite('attacks/key log')

test('without anybody who asks for them there are no secrets to be had', async () => {
  const { server, origin, ca } = await startServer((_, response) => response.end())
  const session = connect(origin, { ca })
  const lines: unknown[] = []
  // Whoever comes when the connection is under way comes too late.
  session.on('connect', () => {
    session.on('keylog', (line) => lines.push(line))
    server.on('keylog', (line) => lines.push(line))
  })
  await ask(session)
  await session.close()
  await server.close()
  assert.equal(lines, [])
})

test('a key log file is for its owner alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsquic-keylog-'))
  try {
    const path = join(folder, 'keys.log')
    const { server, origin, ca } = await startServer((_, response) => response.end())
    const session = connect(origin, { ca })
    writeKeyLog(session, path)
    await ask(session)
    await session.close()
    await server.close()
    const pattern =
      /^(?:(?:CLIENT|SERVER)_(?:HANDSHAKE_)?TRAFFIC_SECRET(?:_0)?|EXPORTER_SECRET) [0-9a-f]{64} [0-9a-f]{64,96}$/
    let lines: string[] = []
    for (let i = 0; i < 2000 && lines.length < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      lines = readFileSync(path, 'utf8').split('\n')
    }
    assert.is(lines.pop(), '')
    assert.is(lines.length, 5)
    for (const line of lines) assert.match(line, pattern)
    assert.is(statSync(path).mode & 0o777, 0o600)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
