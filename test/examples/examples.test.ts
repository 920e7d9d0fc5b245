/** The examples do what they say. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startChat } from '../../examples/chat.ts'
import { startRooms } from '../../examples/dispatch.ts'
import { startFiles } from '../../examples/files.ts'
import { connect } from '../../src/index.ts'
import type { Server } from '../../src/vfd/index.ts'
import { answerOf, ask } from '../support/http3.ts'
import { run } from '../support/processes.ts'
import { until } from '../vfd/server/support.ts'

const test = suite('examples')
const certificate = fileURLToPath(new URL('../../.tsquic/example-cert.pem', import.meta.url))

const client = (server: Server) =>
  connect(`https://localhost:${server.address()?.port}`, { ca: readFileSync(certificate) })

test('what one says in the chat, the others hear', async () => {
  const server = await startChat(0)
  const listener = client(server)
  const speaker = client(server)
  const channel = listener.request({ ':path': '/listen' })
  channel.on('error', () => {})
  channel.setEncoding('utf8')
  let heard = ''
  channel.on('data', (text: string) => {
    heard += text
  })
  await once(channel, 'response')
  await until(() => heard.startsWith('* you are'), 'the greeting')
  const say = speaker.request({ ':method': 'POST', ':path': '/say', 'x-name': 'Ada' })
  const answer = answerOf(say)
  say.end('hello')
  assert.is((await answer).headers[':status'], 200)
  await until(() => heard.includes('Ada: hello\n'), 'the message')
  listener.destroy()
  speaker.destroy()
  await server.shutdown()
})

test('files come from workers, and nothing from outside of the directory', async () => {
  const server = await startFiles(fileURLToPath(new URL('.', import.meta.url)), 0, 1)
  const session = client(server)
  const own = await ask(session, { ':path': '/examples.test.ts' })
  assert.is(own.body.toString(), readFileSync(fileURLToPath(import.meta.url), 'utf8'))
  const outside = await ask(session, { ':path': '/../../package.json' })
  assert.is(outside.headers[':status'], 404)
  session.destroy()
  await server.shutdown()
})

test('a directory that is not there is said in one line', async () => {
  const example = fileURLToPath(new URL('../../examples/files.ts', import.meta.url))
  const { code, output } = await run(process.execPath, ['--import', 'tsx', example, '/nodir'])
  assert.equal([code, output], [1, 'files: /nodir is no directory\n'])
})

test('a room counts in one worker, whoever visits it', async () => {
  const server = await startRooms(0)
  const texts: string[] = []
  for (let i = 0; i < 4; i++) {
    const session = client(server)
    texts.push((await ask(session, { ':path': '/room/blue' })).body.toString())
    session.destroy()
  }
  const worker = /worker (\d)/.exec(texts[0]!)?.[1]
  const expected = [1, 2, 3, 4].map((n) => `/room/blue: visit ${n}, in worker ${worker}\n`)
  assert.equal(texts, expected)
  await server.shutdown()
})

test.run()
