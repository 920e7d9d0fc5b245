/** A80: whatever user code throws or calls in a listener, connections go on and end in order. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClientSession, connect, type Http3ClientRequest } from '../../src/index.ts'
import { ask, failureOf, startServer, type TestServer } from '../support/http3.ts'

const test = suite('attacks/user callbacks')

/** What listeners threw; in a program without such a handler the process would end. */
const uncaught: string[] = []
process.on('uncaughtException', (error) => uncaught.push(error.message))

test.before.each(() => {
  uncaught.length = 0
})

const thrower = (): never => {
  throw new Error('thrown by a listener')
}

async function endOf(session: ClientSession, { server }: TestServer): Promise<void> {
  await session.close()
  await server.close()
}

function assertThrown(): void {
  assert.ok(uncaught.length > 0, 'the listener was not called')
  for (const message of uncaught) assert.is(message, 'thrown by a listener')
}

for (const event of ['keylog', 'session', 'sessionError', 'close'] as const) {
  test(`a server whose ${event} listener throws goes on`, async () => {
    const context = await startServer((_, response) => response.end('here'), { keylog: true })
    const { server, origin, ca } = context
    server.on(event, thrower)
    const lost = connect(origin, { ca })
    await ask(lost)
    const gone = new Promise<void>((resolve) => lost.once('close', resolve))
    // For the server this is an error of the session.
    lost.on('error', () => {})
    lost.destroy(new Error('the client gives up'))
    await gone
    const session = connect(origin, { ca })
    assert.is((await ask(session)).body.toString(), 'here')
    await session.close()
    const closing = server.close()
    if (event === 'close') assert.is((await failureOf(closing)).message, 'thrown by a listener')
    else {
      await closing
      assertThrown()
    }
    assert.is(server.connections, 0)
  })
}

for (const event of ['connect', 'keylog', 'idle', 'close'] as const) {
  test(`a client whose ${event} listener throws goes on`, async () => {
    const context = await startServer((_, response) => response.end('here'))
    const session = connect(context.origin, { ca: context.ca, keylog: true })
    session.on(event, thrower)
    assert.is((await ask(session)).body.toString(), 'here')
    assert.is((await ask(session)).body.toString(), 'here')
    await endOf(session, context)
    await new Promise((resolve) => setImmediate(resolve))
    assertThrown()
  })
}

const messageEvents = ['informational', 'response', 'trailers', 'close'] as const

async function withRequest(
  action: (session: ClientSession, request: Http3ClientRequest) => Promise<void>,
): Promise<void> {
  const context = await startServer((_, response) => {
    response.writeEarlyHints({ link: '</a>; rel=preload' })
    response.addTrailers({ a: 'trailer' })
    response.end('here')
  })
  const session = connect(context.origin, { ca: context.ca })
  const request = session.request()
  request.on('error', () => {})
  request.resume()
  await action(session, request)
  await endOf(session, context)
}

for (const event of messageEvents) {
  test(`a request whose ${event} listener throws ends, and others go on`, () =>
    withRequest(async (session, request) => {
      request.on(event, thrower)
      await new Promise<void>((resolve) => request.prependOnceListener('close', resolve))
      assert.is((await ask(session)).body.toString(), 'here')
      await new Promise((resolve) => setImmediate(resolve))
      assertThrown()
    }))

  test(`a session may be destroyed in a ${event} listener`, () =>
    withRequest(async (session, request) => {
      request.on(event, () => session.destroy())
      await new Promise<void>((resolve) => session.once('close', () => resolve()))
      assert.equal(uncaught, [])
    }))
}

test('a handler that throws takes neither the connection nor the server with it', async () => {
  const context = await startServer((request, response) => {
    if (request.url === '/throws') thrower()
    response.end('here')
  })
  const session = connect(context.origin, { ca: context.ca })
  const broken = session.request({ ':path': '/throws' })
  broken.on('error', () => {})
  assert.is((await ask(session)).body.toString(), 'here')
  broken.destroy()
  await endOf(session, context)
  assertThrown()
})

test('a handler may end its session and its server, and write after that', async () => {
  const errors: (Error | null | undefined)[] = []
  const context = await startServer((request, response) => {
    response.write('a part')
    request.socket.destroy()
    void context.server.close()
    response.write('more', (error) => errors.push(error))
    response.destroy()
    response.write('and more', (error) => errors.push(error))
    response.end()
  })
  const session = connect(context.origin, { ca: context.ca })
  const failure = await failureOf(ask(session))
  assert.match(failure.message, /Closed by the peer/)
  await endOf(session, context)
  assert.is(errors.length, 2)
  assert.is((errors[1] as { code?: string }).code, 'ERR_STREAM_DESTROYED')
  assert.equal(uncaught, [])
})

test('what is asked of a session after its end is refused or has no effect', async () => {
  const context = await startServer((_, response) => response.end())
  const session = connect(context.origin, { ca: context.ca })
  const request = session.request({ ':method': 'POST' })
  request.on('error', () => {})
  session.destroy()
  session.destroy()
  await session.close()
  await session.close()
  request.write('late')
  request.destroy()
  assert.throws(
    () => session.request(),
    (error: { code?: string }) => error.code === 'ERR_HTTP3_SESSION_CLOSED',
  )
  await context.server.close()
  await context.server.close()
  assert.equal(uncaught, [])
})

test.run()
