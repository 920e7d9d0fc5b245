import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Agent, get, request } from '../../src/index.ts'
import { answerOf, startServer } from '../support/http3.ts'

const test = suite('api/agent')

test('requests to one origin share a connection, others have their own', async () => {
  const one = await startServer((request, response) => response.end(request.url))
  const two = await startServer((_request, response) => response.end('two'))
  const agent = new Agent({ ca: one.ca })
  const answers = await Promise.all([
    answerOf(get(`${one.origin}/a?b`, { agent })),
    answerOf(get(`${one.origin}/c`, { agent })),
    answerOf(get(two.origin, { agent })),
  ])
  assert.equal(
    answers.map(({ body }) => body.toString()),
    ['/a?b', '/c', 'two'],
  )
  assert.is(one.server.connections, 1)
  assert.is(agent.session(new URL(one.origin)), agent.session(new URL(one.origin)))
  assert.is.not(
    agent.session(new URL(one.origin)),
    agent.session(new URL(one.origin), { rejectUnauthorized: false }),
  )
  await agent.close()
  await Promise.all([one.server.close(), two.server.close()])
})

test('a connection without requests is closed after a while, and opened again when needed', async () => {
  const { server, origin, ca } = await startServer((_request, response) => response.end('x'))
  const agent = new Agent({ ca, keepAliveTimeout: 20 })
  await answerOf(get(origin, { agent }))
  const session = agent.session(new URL(origin))
  await once(session, 'close')
  assert.is((await answerOf(get(origin, { agent }))).body.toString(), 'x')
  assert.is.not(agent.session(new URL(origin)), session)
  await agent.close()
  await server.close()
})

test('a connection is kept without requests for as long as is asked for, even for ever', async () => {
  const { server, origin, ca } = await startServer((_request, response) => response.end('x'))
  for (const keepAliveTimeout of [2 ** 31, Number.POSITIVE_INFINITY]) {
    const agent = new Agent({ ca, keepAliveTimeout })
    const session = agent.session(new URL(origin))
    const idle = once(session, 'idle')
    await answerOf(get(origin, { agent }))
    await idle
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.is(agent.session(new URL(origin)), session)
    await agent.close()
  }
  await server.close()
})

test('when the server has closed an idle connection the next request has a new one', async () => {
  const { server, origin, ca } = await startServer((_request, response) => response.end('x'))
  const agent = new Agent({ ca })
  await answerOf(get(origin, { agent }))
  const session = agent.session(new URL(origin))
  const closed = once(session, 'close')
  // The server does not call a connection idle before the response was acknowledged.
  const timer = setInterval(() => server.closeIdleConnections(), 5)
  await closed
  clearInterval(timer)
  assert.is((await answerOf(get(origin, { agent }))).body.toString(), 'x')
  await agent.close()
  await server.close()
})

test('a request with a method and a body', async () => {
  const { server, origin, ca } = await startServer((request, response) => {
    response.setHeader('x-method', request.method)
    request.pipe(response)
  })
  const agent = new Agent({ ca })
  const put = request(`${origin}/file`, { method: 'PUT', headers: { 'x-a': 'b' }, agent })
  put.end('content')
  const { headers, body } = await answerOf(put)
  assert.is(headers['x-method'], 'PUT')
  assert.is(body.toString(), 'content')
  await agent.close()
  await server.close()
})

test('a closed agent makes no requests', async () => {
  const agent = new Agent()
  await agent.close()
  assert.throws(() => get('https://localhost/', { agent }), /closed/)
})

test.run()
