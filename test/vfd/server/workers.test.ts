/** Requests through real worker processes. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientSession } from '../../../src/index.ts'
import { ClientSwarm } from '../../support/client-swarm.ts'
import { answerOf, ask, failureOf, patternBytes, withServer } from '../../support/http3.ts'
import { bytesInUse } from '../../support/memory.ts'
import { mistakesIn } from './fixtures/mistakes.ts'
import {
  next,
  type RunningServer,
  startVfdServer,
  until,
  withVfdServer,
  workerModule,
} from './support.ts'

const test = suite<{ running: RunningServer }>('vfd/server/workers')

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test.before(async (context) => {
  context.running = await startVfdServer({ workerNum: 2, taskWorkerNum: 1, worker: workerModule })
})

test.after(({ running }) => running.server.shutdown())

for (const length of [0, 1, 8192, 65_536, 1_000_000, 20_000_000]) {
  test(`a body of ${length} bytes comes whole from a worker, and goes whole to it`, async ({
    running,
  }) => {
    const session = running.connect()
    const bytes = patternBytes(length)
    const download = await ask(session, { ':path': `/bytes/${length}` })
    assert.is(download.body.length, length)
    assert.is(sha256(download.body), sha256(bytes))
    const upload = session.request({ ':method': 'POST', ':path': '/hash' })
    const answer = answerOf(upload)
    upload.end(bytes)
    assert.is((await answer).body.toString(), sha256(bytes))
    session.destroy()
  })
}

test('a body flows both ways at once', async ({ running }) => {
  const session = running.connect()
  const bytes = patternBytes(3_000_000)
  const request = session.request({ ':method': 'POST', ':path': '/echo' })
  const answer = answerOf(request)
  request.end(bytes)
  assert.is(sha256((await answer).body), sha256(bytes))
  session.destroy()
})

test('headers are kept, and the handler knows the session', async ({ running }) => {
  const session = running.connect()
  const { headers, body } = await ask(session, { ':path': '/worker', 'x-custom': 'zwölf' })
  assert.is(body.toString(), 'zwölf')
  assert.is(running.server.getClientInfo(Number(headers['x-session']))?.streams, 1)
  session.destroy()
})

test('by default all requests of a connection go to the worker of its session id', async ({
  running,
}) => {
  const { server } = running
  for (let i = 0; i < 4; i++) {
    const session = running.connect()
    const first = await ask(session, { ':path': '/worker' })
    const second = await ask(session, { ':path': '/worker' })
    const sessionId = Number(first.headers['x-session'])
    assert.is(Number(first.headers['x-worker']), sessionId % 2)
    assert.is(second.headers['x-worker'], first.headers['x-worker'])
    assert.is(server.getClientInfo(sessionId)?.workerId, sessionId % 2)
    session.destroy()
  }
})

test('the worker that has a connection is told of its beginning and its end', async ({
  running,
}) => {
  const { events } = running
  const gone = running.connect()
  const sessionId = Number((await ask(gone, { ':path': '/worker' })).headers['x-session'])
  gone.destroy()
  await until(() => events.includes(`close ${sessionId}`), 'the end')
  for (;;) {
    const session = running.connect()
    const { headers } = await ask(session, { ':path': '/worker' })
    const seen = JSON.parse((await ask(session, { ':path': '/seen' })).body.toString()) as string[]
    session.destroy()
    if (Number(headers['x-worker']) !== sessionId % 2) continue
    const own = seen.filter((event) => event.endsWith(` ${sessionId}`))
    assert.equal(own, [`connect ${sessionId}`, `close ${sessionId}`])
    return
  }
})

test('a worker can call the server: open a channel, send on it, and what else has a session id', async ({
  running,
}) => {
  const { server } = running
  const session = running.connect()
  const call = async (...args: unknown[]) => {
    const path = `/call/${encodeURIComponent(JSON.stringify(args))}`
    return JSON.parse((await ask(session, { ':path': path })).body.toString()) as unknown
  }
  const sessionId = Number((await ask(session, { ':path': '/worker' })).headers['x-session'])
  assert.is(await call('send', sessionId, 'too early'), false)
  const channel = session.request({ ':path': '/subscribe' })
  channel.on('error', () => {})
  channel.setEncoding('utf8')
  let text = ''
  channel.on('data', (chunk: string) => {
    text += chunk
  })
  await once(channel, 'response')
  await until(() => server.send(sessionId, 'from the master '), 'the channel')
  assert.is(await call('send', sessionId, 'and a worker'), true)
  await until(() => text === 'from the master and a worker', 'the messages')
  assert.is(await call('exists', sessionId), true)
  assert.is(await call('bind', sessionId, 12), true)
  assert.is(((await call('getClientInfo', sessionId)) as { uid: number }).uid, 12)
  assert.is(await call('exists', 1_000_000), false)
  session.destroy()
})

test('a worker that closes a session is answered whether it could', async ({ running }) => {
  const { server, events } = running
  const asking = running.connect()
  await ask(asking, { ':path': '/worker' })
  const call = async (...args: unknown[]) => {
    const path = `/call/${encodeURIComponent(JSON.stringify(args))}`
    return JSON.parse((await ask(asking, { ':path': path })).body.toString()) as unknown
  }
  for (const reset of [false, true]) {
    const closed = running.connect()
    const sessionId = Number((await ask(closed, { ':path': '/worker' })).headers['x-session'])
    assert.is(await call('close', sessionId, reset), true)
    assert.is(await call('close', sessionId, reset), false)
    assert.not(server.exists(sessionId))
    await until(() => events.includes(`close ${sessionId}`), 'the end')
  }
  assert.is(await call('close', 1_000_000), false)
  asking.destroy()
})

for (const reason of ['', 'error']) {
  test(`req.socket.destroy(${reason}) in a worker ends the connection at once, as without workers`, async ({
    running,
  }) => {
    /** How another request of the same connection ends. */
    const ending = async (session: ClientSession) => {
      const another = failureOf(ask(session, { ':path': '/hang' }))
      ask(session, { ':path': `/destroy/${reason}` }).catch(() => {})
      const { code, errorCode } = (await another) as { code?: string; errorCode?: bigint }
      session.destroy()
      return [code, errorCode]
    }
    let expected: unknown
    await withServer(
      ({ url, socket }) => {
        if (url.startsWith('/destroy')) socket.destroy(reason === '' ? undefined : new Error('x'))
      },
      async (session) => {
        expected = await ending(session)
      },
    )
    assert.equal(await ending(running.connect()), expected)
  })
}

test('fields that HTTP/3 forbids are refused in a worker where createSecureServer refuses them', async ({
  running,
}) => {
  let expected: unknown
  await withServer(
    (_request, response) => response.end(JSON.stringify(mistakesIn(response))),
    async (session) => {
      expected = JSON.parse((await ask(session)).body.toString())
    },
  )
  const forbidden = 'TypeError ERR_HTTP3_INVALID_HEADER: '
  assert.equal(expected, {
    setHeader: `${forbidden}te in a response`,
    appendHeader: `${forbidden}content-length is invalid or repeated`,
    writeHead: `${forbidden}content-length is invalid or repeated`,
    writeEarlyHints: `${forbidden}te in a response`,
    setTrailer: `${forbidden}content-length in trailers`,
    addTrailers: `${forbidden}host in trailers`,
    connection: 'left out',
    'transfer-encoding': 'left out',
    upgrade: 'left out',
  })
  const session = running.connect()
  const answer = await ask(session, { ':path': '/mistakes' })
  assert.equal(JSON.parse(answer.body.toString()), expected)
  session.destroy()
})

test('a response that a worker could never send is told, and is the end of that request only', async ({
  running,
}) => {
  const { server } = running
  const session = running.connect()
  const before = server.stats().workers.map(({ pid }) => pid)
  const thrown = next<unknown>(server as never, 'handlerError')
  assert.is((await ask(session, { ':path': '/mistake/te' })).headers[':status'], 500)
  assert.match(((await thrown)[1] as Error).message, 'te in a response')
  const late = next<unknown>(server as never, 'handlerError')
  const { code } = await failureOf(ask(session, { ':path': '/mistake/status' }))
  assert.is(code, 'ERR_HTTP3_INTERNAL_ERROR')
  assert.match(((await late)[1] as Error).message, '99 is not the status of a final response')
  assert.is((await ask(session, { ':path': '/worker' })).headers[':status'], 200)
  assert.equal(
    server.stats().workers.map(({ pid }) => pid),
    before,
  )
  session.destroy()
})

test('tasks run in task workers, and finish tells', async ({ running }) => {
  const { server } = running
  const finished = next(server as never, 'finish')
  const { id, result } = server.task({ n: 21 })
  assert.is(await result, 42)
  assert.equal(await finished, [id, 42])
  const answered = next(server as never, 'pipeMessage')
  assert.ok(server.sendMessage('ping', 1))
  assert.equal(await answered, [{ echo: 'ping' }, 1])
})

test('a worker that ends loses its requests, no connection, and comes back', async ({
  running,
}) => {
  const { server, events } = running
  const session = running.connect()
  const { headers } = await ask(session, { ':path': '/worker' })
  const before = events.filter((event) => event.startsWith('close')).length
  const begun = session.request({ ':path': '/hang/begun' })
  begun.on('error', () => {})
  await once(begun, 'response')
  const reset = failureOf(answerOf(begun))
  const waiting = ask(session, { ':path': '/hang' })
  const lost = next(server as never, 'workerError')
  const exit = ask(session, { ':path': '/exit' })
  const [workerId, pid, code] = await lost
  assert.equal([workerId, pid, code], [Number(headers['x-worker']), Number(headers['x-pid']), 3])
  assert.is((await waiting).headers[':status'], 503)
  assert.is((await exit).headers[':status'], 503)
  assert.equal(((await reset) as { errorCode?: unknown }).errorCode, 0x102n)
  assert.is(server.stats().lostCount, 3)
  await until(
    () => server.stats().workers.every(({ status }) => status === 'idle'),
    'another process',
  )
  const after = await ask(session, { ':path': '/worker' })
  assert.is(after.headers[':status'], 200)
  assert.is.not(after.headers['x-pid'], headers['x-pid'])
  assert.is(after.headers['x-session'], headers['x-session'])
  assert.is(events.filter((event) => event.startsWith('close')).length, before)
  session.destroy()
})

test('a killed worker is no more than that', async ({ running }) => {
  const { server } = running
  const session = running.connect()
  const { headers } = await ask(session, { ':path': '/worker' })
  const hanging = ask(session, { ':path': '/hang' })
  await until(() => server.stats().workers.some(({ inFlight }) => inFlight === 1), 'the request')
  process.kill(Number(headers['x-pid']), 'SIGKILL')
  assert.is((await hanging).headers[':status'], 503)
  await until(() => server.stats().idleWorkerNum === 2, 'another process')
  assert.is((await ask(session, { ':path': '/worker' })).headers[':status'], 200)
  session.destroy()
})

test('a reload during traffic fails no request, and all workers are new', async ({ running }) => {
  const { server } = running
  const pids = server.stats().workers.map(({ pid }) => pid)
  const session = running.connect()
  let reloaded = false
  let asked = 0
  const traffic = async () => {
    while (!reloaded) {
      const { headers } = await ask(session, { ':path': '/late/5' })
      assert.is(headers[':status'], 200)
      asked++
    }
  }
  const lanes = [traffic(), traffic(), traffic(), traffic()]
  await server.reload()
  reloaded = true
  await Promise.all(lanes)
  assert.ok(asked > 4)
  for (const { pid } of server.stats().workers) assert.not(pids.includes(pid))
  session.destroy()
})

test('an answer for a client that is gone reaches nobody and breaks nothing', async ({
  running,
}) => {
  const { server, events } = running
  const session = running.connect()
  const failure = failureOf(ask(session, { ':path': '/late/1000' }))
  await until(() => server.stats().workers.some(({ inFlight }) => inFlight === 1), 'the request')
  const { responseCount } = server.stats()
  const [sessionId] = server.getClientList(0, 100)!.slice(-1)
  session.destroy()
  await failure
  await until(() => events.includes(`close ${sessionId}`), 'the end')
  await until(() => server.stats().workers.every(({ inFlight }) => inFlight === 0), 'no request')
  await sleep(1200)
  assert.is(server.stats().responseCount, responseCount)
  const another = running.connect()
  assert.is((await ask(another, { ':path': '/worker' })).headers[':status'], 200)
  another.destroy()
})

test('an answer that was on its way when its client gave up is dropped and counted', () =>
  withVfdServer({ workerNum: 1, worker: workerModule }, async ({ server, connect }) => {
    const session = connect()
    const { headers } = await ask(session, { ':path': '/worker' })
    // The worker hears of nothing before it has answered.
    const request = session.request({ ':path': '/block/1500' })
    const failure = failureOf(answerOf(request))
    await until(() => server.stats().workers[0]?.inFlight === 1, 'the request')
    request.destroy()
    await failure
    await until(() => server.stats().staleCount > 0, 'the stale answer')
    assert.is(server.stats().responseCount, 1)
    const after = await ask(session, { ':path': '/worker' })
    assert.equal(
      [after.headers['x-session'], after.headers['x-pid']],
      [headers['x-session'], headers['x-pid']],
    )
    session.destroy()
  }))

test('1,000 requests over 100 connections are spread evenly, and counted', () =>
  withVfdServer({ workerNum: 2, worker: workerModule }, async ({ server, port }) => {
    const swarm = await ClientSwarm.bind(port)
    const clients = await swarm.open(100)
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 10 }, () => client.get('/worker'))),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const [first, second] = server.stats().workers.map(({ served }) => served)
    assert.is(first! + second!, 1000)
    assert.ok(Math.max(first!, second!) / Math.min(first!, second!) <= 1.1)
    assert.is(server.stats().responseCount, 1000)
    for (const client of clients) client.close()
    await until(() => server.connections.size === 0, 'the end')
    await swarm.close()
  }))

/**
 * The worker of each request, when three connections make two requests each in turn: sessions 1, 2 and
 * 3 at 127.0.0.1 (0x7f000001), bound to 3, 4 and 5, three workers, none of them busy.
 */
const turns = {
  round: [0, 1, 2, 0, 1, 2],
  fdmod: [1, 2, 0, 1, 2, 0],
  idleWorker: [0, 1, 2, 0, 1, 2],
  ipmod: new Array<number>(6).fill(0x7f000001 % 3),
  uidmod: [0, 1, 2, 0, 1, 2],
  coConnLb: [0, 1, 2, 0, 1, 2],
  coReqLb: [0, 1, 2, 0, 1, 2],
  concurrentLb: [0, 1, 2, 0, 1, 2],
} as const

for (const [mode, expected] of Object.entries(turns)) {
  test(`the dispatch mode ${mode} takes requests of clients to its workers`, () =>
    withVfdServer(
      { workerNum: 3, worker: workerModule, dispatchMode: mode as keyof typeof turns },
      async ({ server, connect, events }) => {
        const sessions = []
        for (let id = 1; id <= 3; id++) {
          sessions.push(connect())
          await until(() => events.length === id, 'the connection')
          assert.ok(server.bind(id, id + 2))
        }
        const workers: number[] = []
        for (const session of [...sessions, ...sessions]) {
          const { headers } = await ask(session, { ':path': '/worker' })
          workers.push(Number(headers['x-worker']))
          await until(() => server.stats().idleWorkerNum === 3, 'idle workers')
        }
        assert.equal(workers, expected)
        for (const session of sessions) session.destroy()
      },
    ))
}

for (const mode of ['idleWorker', 'coConnLb', 'coReqLb', 'concurrentLb'] as const) {
  test(`the dispatch mode ${mode} passes over a busy worker`, () =>
    withVfdServer(
      { workerNum: 2, worker: workerModule, dispatchMode: mode },
      async ({ server, connect }) => {
        const busy = connect()
        const free = connect()
        const hanging = failureOf(ask(busy, { ':path': '/hang' }))
        await until(() => server.stats().workers.some(({ inFlight }) => inFlight === 1), 'work')
        const busyId = server.stats().workers.find(({ inFlight }) => inFlight === 1)?.id
        for (let i = 0; i < 4; i++) {
          const { headers } = await ask(free, { ':path': '/worker' })
          assert.is(Number(headers['x-worker']), 1 - busyId!)
          await until(() => server.stats().idleWorkerNum === 1, 'its end')
        }
        busy.destroy()
        free.destroy()
        await hanging
      },
    ))
}

test('a dispatch function chooses, drops and closes', () =>
  withVfdServer(
    {
      workerNum: 2,
      worker: workerModule,
      dispatchFunction: (_subject, request) => {
        const path = request?.fields.find(({ name }) => name === ':path')?.value
        return path === '/drop' ? -1 : path === '/close' ? -2 : path === '/worker' ? 1 : -3
      },
    },
    async ({ server, connect, events }) => {
      const session = connect()
      for (let i = 0; i < 3; i++) {
        assert.is((await ask(session, { ':path': '/worker' })).headers['x-worker'], '1')
      }
      const dropped = await failureOf(ask(session, { ':path': '/drop' }))
      assert.equal((dropped as { errorCode?: unknown }).errorCode, 0x10bn)
      await failureOf(ask(session, { ':path': '/close' }))
      await until(() => events.includes('close 1'), 'the close')
      assert.is(server.stats().dropCount, 2)
    },
  ))

test('a slow reader fills its buffer once, holds its worker back, and nobody else', () =>
  withVfdServer(
    { workerNum: 1, worker: workerModule, socketBufferSize: 256 * 1024 },
    async ({ server, connect, events }) => {
      const slow = connect({ transport: { initialMaxStreamData: 65_536, maxStreamWindow: 65_536 } })
      const request = slow.request({ ':path': '/bytes/20000000' })
      await once(request, 'response')
      await until(() => events.includes('bufferFull 1'), 'a full buffer')
      assert.is(server.getClientInfo(1)?.state, 'full')
      assert.not(server.send(1, 'no room'))
      const before = bytesInUse()
      const other = connect()
      for (let i = 0; i < 20; i++) await ask(other, { ':path': '/bytes/1000' })
      assert.ok(server.getClientInfo(1)!.sendQueuedBytes < 1_000_000)
      assert.ok(bytesInUse() - before < 10_000_000)
      const own = () => events.filter((event) => event.startsWith('buffer'))
      assert.equal(own(), ['bufferFull 1'])
      assert.is((await answerOf(request)).body.length, 20_000_000)
      await until(() => own().length % 2 === 0, 'an empty buffer')
      assert.ok(own().every((event, i) => event === ['bufferFull 1', 'bufferEmpty 1'][i % 2]))
      slow.destroy()
      other.destroy()
    },
  ))

test.run()
