import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Server } from '../../../src/vfd/index.ts'
import { createTestCa } from '../../support/certificates.ts'
import { ClientSwarm } from '../../support/client-swarm.ts'
import { answerOf, ask, failureOf } from '../../support/http3.ts'
import { next, startVfdServer, until, withVfdServer, workerModule } from './support.ts'

const test = suite('vfd/server/server')

/** Every call that takes a session id, with what it answers for one that is not known. */
function answersFor(server: Server, id: number): unknown[] {
  return [
    server.exists(id),
    server.getClientInfo(id),
    server.send(id, 'x'),
    server.close(id),
    server.bind(id, 7),
    server.protect(id),
    server.pause(id),
    server.resume(id),
    server.subscribeStream(id, 0),
    server.getClientList(id),
  ]
}
const unknown = [false, undefined, false, false, false, false, false, false, false, undefined]

test('connections get the session ids 1, 2, 3 and are told of once, before their requests', () =>
  withVfdServer(
    {},
    async ({ server, connect, events }) => {
      const sessions = []
      for (let count = 1; count <= 3; count++) {
        const session = connect()
        sessions.push(session)
        assert.is((await ask(session)).headers[':status'], 200)
        assert.is(events.length, count)
      }
      assert.equal(events, ['connect 1', 'connect 2', 'connect 3'])
      assert.equal(server.getClientList(), [1, 2, 3])
      assert.equal([...server.connections], [1, 2, 3])
      assert.is(server.connections.size, 3)
      for (const session of sessions) session.destroy()
    },
    (server) =>
      server.on('request', (_request, response, sessionId) => {
        assert.ok(server.exists(sessionId))
        response.end()
      }),
  ))

test('a stale session id is refused by every call, whoever has its fd now', () =>
  withVfdServer({}, async ({ server, connect, events }) => {
    const first = connect()
    await until(() => events.length === 1, 'the first')
    const fd = server.getClientInfo(1)?.vfd
    assert.type(fd, 'number')
    first.destroy()
    await until(() => events.includes('close 1'), 'its end')
    const second = connect()
    await until(() => events.includes('connect 2'), 'the second')
    assert.is(server.getClientInfo(2)?.vfd, fd)
    assert.equal(answersFor(server, 1), unknown)
    assert.equal(answersFor(server, 99), unknown)
    assert.ok(server.exists(2))
    second.destroy()
  }))

test('before the start and after the end no id is known', async () => {
  const { certPem: cert, keyPem: key } = await (await createTestCa()).issue()
  const server = new Server({ cert, key, vfdSource: 'emulated' })
  assert.equal(answersFor(server, 1), unknown)
  assert.throws(() => server.stats(), /not running/)
  await server.start()
  await server.shutdown()
  assert.equal(answersFor(server, 1), unknown)
})

test('close is emitted with -1 when the server closed, else with the reactor', () =>
  withVfdServer({}, async ({ server, connect, events }) => {
    const reactors: number[] = []
    server.on('close', (_sessionId, reactorId) => reactors.push(reactorId))
    const byClient = connect()
    await until(() => events.length === 1, 'a connection')
    byClient.destroy()
    await until(() => events.length === 2, 'its end')
    const byServer = connect()
    await until(() => events.length === 3, 'another')
    assert.ok(server.close(2))
    assert.not(server.close(2))
    await next(byServer, 'close')
    assert.equal(events, ['connect 1', 'close 1', 'connect 2', 'close 2'])
    assert.equal(reactors, [0, -1])
  }))

test('a reset ends the requests in progress with H3_INTERNAL_ERROR', () =>
  withVfdServer(
    {},
    async ({ server, connect, events }) => {
      const failure = failureOf(ask(connect()))
      await until(() => server.getClientInfo(1)?.streams === 1, 'a request')
      assert.ok(server.close(1, true))
      assert.equal(((await failure) as { errorCode?: unknown }).errorCode, 0x102n)
      assert.equal(events, ['connect 1', 'close 1'])
    },
    (server) => server.on('request', () => {}),
  ))

test('an orderly close lets the response in progress finish, and takes no new request', () =>
  withVfdServer(
    { maxWaitTime: 5000 },
    async ({ server, connect, events }) => {
      const session = connect()
      const answer = ask(session)
      const [, response] = (await next(server as never, 'request')) as [
        unknown,
        { end(b: string): void },
      ]
      assert.ok(server.close(1))
      assert.equal(events, ['connect 1', 'close 1'])
      assert.not(server.exists(1))
      assert.is(server.connections.size, 1, 'the fd is not free before the transport is over')
      response.end('all of it')
      assert.is((await answer).body.toString(), 'all of it')
      await until(() => server.connections.size === 0, 'the end')
      assert.equal(events, ['connect 1', 'close 1'])
    },
    (server) => server.on('request', () => {}),
  ))

test('a client that is silent for the idle timeout is closed once', () =>
  withVfdServer({ transport: { maxIdleTimeout: 1000 } }, async ({ connect, events }) => {
    const session = connect()
    await next(session, 'close')
    await until(() => events.length === 2, 'the close')
    assert.equal(events, ['connect 1', 'close 1'])
  }))

test('the heartbeat closes who is silent, except who is protected', () =>
  withVfdServer({ heartbeatIdleTime: 2000 }, async ({ server, connect, events }) => {
    const silent = connect()
    await until(() => events.length === 1, 'a connection')
    const kept = connect()
    await until(() => events.length === 2, 'another')
    assert.ok(server.protect(2))
    assert.equal(server.heartbeat(), [])
    await next(silent, 'close')
    assert.equal(events, ['connect 1', 'connect 2', 'close 1'])
    assert.ok(server.exists(2))
    kept.destroy()
  }))

test('there is no heartbeat unless it is asked for', () =>
  withVfdServer({}, async ({ server }) => assert.is(server.heartbeat(), undefined)))

test('a uid is bound once', () =>
  withVfdServer({}, async ({ server, connect, events }) => {
    const session = connect()
    await until(() => events.length === 1, 'a connection')
    assert.ok(server.bind(1, 4711))
    assert.not(server.bind(1, 4712))
    assert.is(server.getClientInfo(1)?.uid, 4711)
    session.destroy()
  }))

test('a client beyond maxConn is refused', () =>
  withVfdServer({ maxConn: 2 }, async ({ server, port }) => {
    const swarm = await ClientSwarm.bind(port)
    const clients = await swarm.open(3)
    await until(() => clients.some(({ closed }) => closed !== undefined), 'a refusal')
    const refused = clients.filter(({ closed }) => closed !== undefined)
    assert.equal(
      refused.map(({ closed }) => [closed?.kind, closed?.errorCode]),
      [['transport', 2]],
    )
    assert.is(server.stats().abortCount, 1)
    assert.is(server.connections.size, 2)
    for (const client of clients) client.close()
    await swarm.close()
  }))

test('messages are sent on a response that stays open, and bodies come as they are sent', () =>
  withVfdServer(
    {},
    async ({ server, connect, events }) => {
      const session = connect()
      await until(() => events.length === 1, 'a connection')
      assert.not(server.send(1, 'nobody listens'))
      const received: string[] = []
      server.on('receive', (sessionId, data) => received.push(`${sessionId} ${data}`))
      const request = session.request({ ':method': 'POST', ':path': '/channel' })
      request.write('first')
      await next(request, 'response')
      assert.ok(server.send(1, 'hello '))
      assert.ok(server.send(1, Buffer.from('you')))
      assert.not(server.send(1, ''))
      request.setEncoding('utf8')
      let text = ''
      request.on('data', (chunk: string) => {
        text += chunk
      })
      await until(() => text === 'hello you', 'the messages')
      request.end('second')
      await until(() => received.length === 2, 'the bodies')
      assert.equal(received, ['1 first', '1 second'])
      // An orderly close ends the channel, and the client sees a whole response.
      const ended = next(request, 'end')
      assert.ok(server.close(1))
      await ended
      await until(() => server.connections.size === 0, 'the end')
    },
    (server) =>
      server.on('request', (request, response) => assert.ok(server.subscribe(request, response))),
  ))

test('a paused connection sends no more than its window, and the rest after resume', () =>
  withVfdServer(
    { transport: { initialMaxStreamData: 16_384, maxStreamWindow: 16_384 } },
    async ({ server, connect, events }) => {
      const session = connect()
      await until(() => events.length === 1, 'a connection')
      assert.ok(server.pause(1))
      assert.is(server.getClientInfo(1)?.state, 'paused')
      const request = session.request({ ':method': 'POST' })
      const answer = answerOf(request)
      request.end(Buffer.alloc(300_000))
      await until(() => server.stats().totalRecvBytes > 16_384, 'a window full')
      await new Promise((resolve) => setTimeout(resolve, 200))
      assert.ok(server.stats().totalRecvBytes < 40_000, 'no credit was given')
      assert.ok(server.resume(1))
      assert.is((await answer).body.toString(), '300000')
      session.destroy()
    },
    (server) =>
      server.on('request', async (request, response) => {
        let length = 0
        for await (const chunk of request) length += chunk.length
        response.end(String(length))
      }),
  ))

test('shutdown says GOAWAY, lets a request finish, closes everything once', async () => {
  await withVfdServer(
    { workerNum: 1, worker: workerModule, maxWaitTime: 5000 },
    async ({ server, connect, events }) => {
      const session = connect()
      const idle = connect()
      const goaway = next(session, 'goaway')
      const answer = ask(session, { ':path': '/late/300' })
      await until(() => server.stats().dispatchCount === 1 && events.length === 2, 'a request')
      const ended = server.shutdown()
      await goaway
      assert.is((await answer).body.toString(), 'late')
      await ended
      assert.equal(events.filter((event) => event.startsWith('close')).sort(), [
        'close 1',
        'close 2',
      ])
      assert.equal(answersFor(server, 1), unknown)
      idle.destroy()
    },
  )
})

test('listeners that throw at a shutdown keep nothing open, and shutdown rejects with it', async () => {
  const uncaught: string[] = []
  const onUncaught = (error: Error) => uncaught.push(error.message)
  process.on('uncaughtException', onUncaught)
  try {
    const { server, port, connect } = await startVfdServer(
      { workerNum: 1, worker: workerModule, vfdSource: 'unix' },
      (server) => {
        for (const name of ['beforeShutdown', 'close', 'shutdown'] as const) {
          server.on(name, () => {
            throw new Error(`from ${name}`)
          })
        }
      },
    )
    const sessions = [connect(), connect()]
    for (const session of sessions) await ask(session, { ':path': '/worker' })
    const pid = server.stats().workers[0]?.pid
    const ends = Promise.all(sessions.map((session) => next(session, 'close')))
    assert.is((await failureOf(server.shutdown())).message, 'from beforeShutdown')
    await ends
    assert.throws(() => server.stats(), /not running/)
    assert.throws(() => process.kill(pid!, 0), /ESRCH/)
    const socket = createSocket('udp4').bind(port, '127.0.0.1')
    await once(socket, 'listening')
    socket.close()
    await until(() => uncaught.length === 3, 'the other errors')
    assert.equal(uncaught.sort(), ['from close', 'from close', 'from shutdown'])
    assert.is((await failureOf(server.shutdown())).message, 'from beforeShutdown')
  } finally {
    process.off('uncaughtException', onUncaught)
  }
})

test('tasks need no workers for requests', () =>
  withVfdServer(
    { taskWorkerNum: 1, worker: workerModule },
    async ({ server, connect }) => {
      assert.is(await server.task({ n: 4 }).result, 8)
      const session = connect()
      assert.is((await ask(session)).body.toString(), 'here')
      session.destroy()
    },
    (server) => server.on('request', (_request, response) => response.end('here')),
  ))

test('options that cannot be used are refused at once', async () => {
  const { certPem: cert, keyPem: key } = await (await createTestCa()).issue()
  assert.throws(() => new Server({ cert, key, workerNum: 2 }), /module/)
  assert.throws(() => new Server({ cert, key, workerNum: -1 }), /integer/)
  // @ts-expect-error it does not even know that much
  assert.throws(() => new Server({ cert, key, scheme: 'x' }), /`scheme` must be one of/)
  assert.throws(() => new Server({ cert }), /both/)
})

test.run()
