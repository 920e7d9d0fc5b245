import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TopAnswer } from '../../../src/vfd/index.ts'
import { TopSocket } from '../../../src/vfd/server/top-socket.ts'

const test = suite<{ folder: string; path: string }>('vfd/server/top-socket')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-top-'))
  context.path = join(context.folder, 'sub', 'top.sock')
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** Answers with what was asked for: enough to see it. */
const answer = (rows: number): TopAnswer => ({ rows }) as unknown as TopAnswer

const withSocket = async (
  path: string,
  action: (ask: (line: string) => Promise<string | undefined>) => Promise<void>,
): Promise<void> => {
  const socket = await TopSocket.listen(path, answer)
  try {
    await action(async (line) => {
      const client = connect(path)
      let text = ''
      client.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        client.end()
      })
      client.on('error', () => {})
      client.write(line)
      await new Promise((resolve) => client.on('close', resolve))
      return text === '' ? undefined : text
    })
  } finally {
    await socket.close()
  }
}

test('it is for its owner alone, and gone when it is closed', async ({ path }) => {
  await withSocket(path, async () => {
    assert.is(statSync(path).mode & 0o777, 0o600)
  })
  assert.not(existsSync(path))
})

test('a line is answered with a line; rows have a default and a cap', async ({ path }) => {
  await withSocket(path, async (ask) => {
    assert.is(await ask('{}\n'), '{"rows":100}\n')
    assert.is(await ask('{"rows":3}\n'), '{"rows":3}\n')
    assert.is(await ask('{"rows":1000000}\n'), '{"rows":1000}\n')
    assert.is(await ask('{"rows":1}\n{"rows":2}\n'), '{"rows":1}\n{"rows":2}\n')
  })
})

test('what is no question ends that client, not the server', async ({ path }) => {
  await withSocket(path, async (ask) => {
    assert.is(await ask('nonsense\n'), undefined)
    assert.is(await ask('{"rows":"all"}\n'), undefined)
    assert.is(await ask('x'.repeat(2000)), undefined)
    assert.is(await ask('{"rows":1}\n'), '{"rows":1}\n')
  })
})

test('there is a limit on clients', async ({ path }) => {
  await withSocket(path, async (ask) => {
    const clients = Array.from({ length: 16 }, () => connect(path).on('error', () => {}))
    await Promise.all(clients.map((client) => once(client, 'connect')))
    assert.is(await ask('{}\n'), undefined)
    for (const client of clients) client.destroy()
  })
})

test('a socket that nobody listens on is replaced, one in use is not', async ({ folder, path }) => {
  const left = join(folder, 'left.sock')
  writeFileSync(left, '')
  await withSocket(left, async (ask) => assert.is(await ask('{"rows":1}\n'), '{"rows":1}\n'))
  const used = join(folder, 'used.sock')
  const other = createServer().listen(used)
  await once(other, 'listening')
  let code: string | undefined
  try {
    await TopSocket.listen(used, answer)
  } catch (error) {
    code = (error as NodeJS.ErrnoException).code
  }
  assert.is(code, 'EADDRINUSE')
  other.close()
  assert.not(existsSync(path))
})

test.run()
