import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TopAnswer } from '../../../src/vfd/index.ts'
import { TopSocket } from '../../../src/vfd/server/top-socket.ts'
import { TopSocketError } from '../../../src/vfd/server/top-socket-error.ts'

const test = suite<{ folder: string; path: string }>('vfd/server/top-socket')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-top-'))
  context.path = join(context.folder, 'top.sock')
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

/** What the attempt to listen at a path ends with. */
const failureAt = async (path: string): Promise<TopSocketError> => {
  try {
    await (await TopSocket.listen(path, answer)).close()
  } catch (error) {
    assert.instance(error, TopSocketError)
    return error as TopSocketError
  }
  throw new Error(`${path} was taken`)
}

test('a socket that nobody listens on is replaced, one in use is not', async ({ folder, path }) => {
  // A process that was killed leaves its socket behind.
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  assert.ok(statSync(path).isSocket())
  await withSocket(path, async (ask) => assert.is(await ask('{"rows":1}\n'), '{"rows":1}\n'))
  const used = join(folder, 'used.sock')
  const other = createServer().listen(used)
  await once(other, 'listening')
  const error = await failureAt(used)
  assert.equal([error.code, error.path], ['EADDRINUSE', used])
  assert.match(error.message, /used\.sock is in use/)
  assert.ok(statSync(used).isSocket())
  other.close()
})

test('what is no socket stays as it is', async ({ folder }) => {
  const file = join(folder, 'notes.txt')
  writeFileSync(file, 'precious')
  const link = join(folder, 'link.sock')
  symlinkSync(file, link)
  for (const path of [file, link, folder]) {
    const error = await failureAt(path)
    assert.equal([error.code, error.path], ['ENOTSOCK', path])
    assert.is(error.message, `${path} exists and is no socket`)
  }
  assert.is(readFileSync(file, 'utf8'), 'precious')
  assert.ok(existsSync(link))
})

test('no directory is made for it', async ({ folder }) => {
  const missing = join(folder, 'sub')
  const error = await failureAt(join(missing, 'top.sock'))
  assert.is(error.code, 'ENOENT')
  assert.match(error.message, `the directory ${missing} `)
  assert.not(existsSync(missing))
})

test('a path that the system would cut is refused, the longest one is not', async ({ folder }) => {
  const most = process.platform === 'linux' ? 107 : 103
  const room = most - folder.length - 1
  await withSocket(join(folder, 'x'.repeat(room)), async (ask) =>
    assert.is(await ask('{"rows":1}\n'), '{"rows":1}\n'),
  )
  // The bytes count, not the characters.
  for (const name of ['x'.repeat(room + 1), `${'x'.repeat(room - 1)}é`]) {
    const error = await failureAt(join(folder, name))
    assert.is(error.code, 'ENAMETOOLONG')
    assert.match(error.message, `at most ${most} bytes`)
  }
})

test('what else fails says whose failure it is', async ({ folder }) => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const path = join(file, 'top.sock')
  const error = await failureAt(path)
  assert.is(error.code, 'ENOTDIR')
  assert.match(error.message, `no socket at ${path}: `)
})

test.run()
