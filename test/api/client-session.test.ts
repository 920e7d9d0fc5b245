import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer } from '../../src/index.ts'
import { createTestCa } from '../support/certificates.ts'
import { answerOf, ask, failureOf, startServer, withServer } from '../support/http3.ts'

const test = suite('api/client-session')

test('requests beyond the limit of the server wait for their turn', async () => {
  let open = 0
  let most = 0
  await withServer(
    (_request, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.end('x')
      }, 5)
    },
    async (session) => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(session)))
      assert.is(answers.length, 40)
      assert.ok(most <= 4, `${most} at once`)
    },
    { server: { transport: { initialMaxStreamsBidi: 4 } } },
  )
})

test('a request may be given up while it waits for the connection', async () => {
  const seen: string[] = []
  await withServer(
    (request, response) => {
      seen.push(request.url)
      response.end()
    },
    async (session) => {
      const controller = new AbortController()
      const given = session.request({ ':path': '/given-up' }, { signal: controller.signal })
      const kept = session.request({ ':path': '/kept' })
      controller.abort()
      assert.is((await failureOf(answerOf(given))).name, 'AbortError')
      await answerOf(kept)
      assert.equal(seen, ['/kept'])
      assert.is(session.activeRequests, 0)
    },
  )
})

test('headers that can not be sent are refused before anything is', async () => {
  await withServer(
    (_request, response) => response.end(),
    async (session) => {
      await ask(session)
      assert.throws(() => session.request({ 'a b': 'c' }))
      assert.throws(() => session.request({ ':path': '' }))
      assert.is(session.activeRequests, 0)
      assert.is((await ask(session)).headers[':status'], 200)
    },
  )
})

test('close lets requests in progress finish and takes no more', async () => {
  await withServer(
    (_request, response) => setTimeout(() => response.end('late'), 50),
    async (session) => {
      const pending = ask(session)
      const closed = session.close()
      assert.throws(() => session.request(), /closed/)
      assert.is((await pending).body.toString(), 'late')
      await closed
      assert.ok(session.closed)
    },
  )
})

test('destroy fails what is in progress with the error given', async () => {
  await withServer(
    () => {},
    async (session) => {
      const pending = failureOf(ask(session))
      await once(session, 'connect')
      session.destroy(new Error('no more'))
      assert.is((await pending).message, 'no more')
      if (!session.closed) await once(session, 'close')
    },
  )
})

test('a connection is not idle while a response is awaited, and is afterwards', async () => {
  await withServer(
    (_request, response) => void setTimeout(() => response.end('late'), 4000),
    async (session) => {
      assert.is((await ask(session)).body.toString(), 'late')
      await once(session, 'close')
    },
    { client: { transport: { maxIdleTimeout: 1500 } } },
  )
})

test('a signal ends the session', async () => {
  const controller = new AbortController()
  await withServer(
    () => {},
    async (session) => {
      const pending = failureOf(ask(session))
      await once(session, 'connect')
      controller.abort()
      assert.is((await pending).name, 'AbortError')
    },
    { client: { signal: controller.signal } },
  )
})

test('an error that no request hears is one of the session', async () => {
  const { server, origin } = await startServer(() => {})
  const session = connect(origin)
  const [error] = await once(session, 'error')
  assert.match((error as { code: string }).code, /^UNABLE_TO_/)
  await server.close()
})

test('where nobody answers the handshake times out', async () => {
  // Port 9 (discard) is not open here.
  const session = connect('https://127.0.0.1:9', { transport: { handshakeTimeout: 100 } })
  const { code, message } = await failureOf(ask(session))
  assert.is(code, 'ERR_QUIC_HANDSHAKE_TIMEOUT')
  assert.match(message, 'within 0.1 s')
})

test('a name with several addresses is reached where it answers', async () => {
  const ca = await createTestCa()
  const { certPem, keyPem } = await ca.issue()
  for (const { address: host } of await lookup('localhost', { all: true })) {
    const server = createSecureServer({ cert: certPem, key: keyPem }, (_request, response) =>
      response.end('here'),
    )
    await server.listen({ port: 0, host })
    const session = connect(`https://localhost:${server.address()?.port}`, { ca: ca.certPem })
    assert.is((await ask(session)).body.toString(), 'here', host)
    await session.close()
    await server.close()
  }
})

test('a host that is not there is an error of the resolver', async () => {
  const session = connect('https://no-such-host.invalid')
  assert.match((await failureOf(ask(session))).code ?? '', /^(ENOTFOUND|EAI_AGAIN)$/)
})

test('only https: is possible', () => {
  assert.throws(() => connect('http://localhost'), /https/)
  assert.throws(() => connect('not a url'), /Not a URL/)
})

test('asyncDispose closes', async () => {
  const { server, origin, ca } = await startServer((_request, response) => response.end())
  const session = connect(origin, { ca })
  await ask(session)
  await session[Symbol.asyncDispose]()
  assert.ok(session.closed)
  await server[Symbol.asyncDispose]()
  assert.is(server.address(), null)
})

test.run()
