/** Servers that want to know that a client is where it says it is, over real sockets. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer } from '../../src/index.ts'
import { PacketType } from '../../src/quic/wire/index.ts'
import { headerOf, rawInitial } from '../quic/support/raw-packets.ts'
import { createTestCa } from '../support/certificates.ts'
import { ask, withServer } from '../support/http3.ts'
import { startLoadServer } from '../support/load-server.ts'

const test = suite('e2e/Retry')
const SECRET = new Uint8Array(32).fill(3)
const ID = new Uint8Array(8).fill(5)

/** Sends a first Initial, and returns the answer. */
async function answerTo(port: number): Promise<Buffer> {
  const socket = createSocket('udp4')
  const ids = { original: ID, destination: ID, source: ID }
  socket.send(rawInitial('client', ids, 0, Uint8Array.of(1, 0, 0, 0)), port, '127.0.0.1')
  const [answer] = await once(socket, 'message')
  socket.close()
  return answer
}

test('a server that always wants it sends a Retry, and serves who comes back with the token', () =>
  withServer(
    (request, response) => response.end(request.url),
    async (session, { server }) => {
      assert.is((await ask(session, { ':path': '/a' })).body.toString(), '/a')
      const answer = await answerTo(server.address()!.port)
      assert.is(headerOf(answer).type, PacketType.retry)
      assert.is(server.connections, 1)
    },
    { server: { retry: 'always', tokenSecret: SECRET } },
  ))

test('a server at rest sends none', () =>
  withServer(
    (_request, response) => response.end(),
    async (_session, { server }) => {
      assert.is(headerOf(await answerTo(server.address()!.port)).type, PacketType.initial)
    },
  ))

test('IPv4 clients of a socket for both families are served', async () => {
  const authority = await createTestCa()
  const { certPem: cert, keyPem: key } = await authority.issue()
  const server = createSecureServer({ cert, key, retry: 'always' }, (_, response) => response.end())
  await server.listen({ port: 0, host: '::' })
  const origin = `https://127.0.0.1:${server.address()?.port}`
  const session = connect(origin, { ca: authority.certPem })
  assert.is((await ask(session)).headers[':status'], 200)
  await session.close()
  await server.close()
})

test('200 clients at once are all served after a Retry', async () => {
  const server = await startLoadServer({ server: { retry: 'always' } })
  try {
    const sessions = Array.from({ length: 200 }, () => connect(server.origin, { ca: server.ca }))
    const answers = await Promise.all(
      sessions.map((session, i) => ask(session, { ':path': `/${i}` })),
    )
    assert.equal(
      answers.map(({ body }) => body.toString()),
      sessions.map((_, i) => `/${i}`),
    )
    await Promise.all(sessions.map((session) => session.close()))
    assert.equal((await server.measure()).uncaught, [])
  } finally {
    await server.stop()
  }
})

test.run()
