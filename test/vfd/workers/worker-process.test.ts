import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { WorkerPool } from '../../../src/vfd/workers/index.ts'
import { WorkerPool as Pool } from '../../../src/vfd/workers/index.ts'
import { bodyOf } from './fixtures/body.ts'
import { Answer, ask, connection, sha256, site, until, withPool } from './support.ts'

const test = suite('workers/worker-process')

let pool: WorkerPool
const messages: unknown[] = []
const failures: Error[] = []
const destroyed: unknown[] = []

test.before(async () => {
  pool = new Pool(
    { module: site, maxWaitTime: 1000 },
    {
      onPipeMessage: (data) => messages.push(data),
      onHandlerError: (_id, error) => failures.push(error),
      onDestroySession: (sessionId, isError) => destroyed.push([sessionId, isError]),
      onCall: (method, [a, b]) => {
        if (method !== 'add') throw new Error(`no method ${method}`)
        return Number(a) + Number(b)
      },
    },
  )
  await pool.start()
})

test.after(() => pool.shutdown())
test.before.each(() => {
  messages.length = 0
  failures.length = 0
})

const idle = (): Promise<void> => until(() => pool.inFlight(0) === 0, 'idle')

for (const length of [0, 1, 8 * 1024, 64 * 1024, 1024 * 1024, 20 * 1024 * 1024]) {
  test(`a body of ${length} bytes comes out of a worker as it went in`, async () => {
    const headers = { 'x-length': length }
    const expected = sha256(bodyOf(length))
    const whole = await ask(pool, '/body', { headers }).done
    assert.is(whole.status, '200')
    assert.is(whole.header('content-length'), String(length))
    assert.is(sha256(whole.body), expected)
    const piped = await ask(pool, '/piped', { headers }).done
    assert.is(piped.length, length)
    assert.is(sha256(piped.body), expected)
  })

  test(`a body of ${length} bytes comes to a worker as it was sent, and back`, async () => {
    const body = bodyOf(length)
    const hash = await ask(pool, '/hash', { body }).done
    assert.is(hash.text, `${length} ${sha256(body)}`)
    const echo = await ask(pool, '/echo', { body }).done
    assert.is(echo.length, length)
    assert.is(sha256(echo.body), sha256(body))
    await idle()
  })
}

test('headers, interim responses and trailers are kept, and so are the facts of the connection', async () => {
  const answer = await ask(pool, '/fields', {
    sessionId: 2 ** 33 + 1,
    streamId: 2 ** 40,
    headers: { 'x-a': '1', cookie: 'caf\u00e9' },
    connection: { ...connection, peerCertificate: Buffer.from('3003020101', 'hex') },
  }).done
  assert.equal(answer.events, ['informational', 'headers', 'trailers'])
  assert.equal(answer.informational, [
    [
      { name: ':status', value: '103' },
      { name: 'link', value: '</a.css>; rel=preload' },
    ],
  ])
  assert.equal(
    answer.fields.filter(({ name }) => name !== 'date'),
    [
      { name: ':status', value: '203' },
      { name: 'x-method', value: 'GET' },
      { name: 'set-cookie', value: 'a=1' },
      { name: 'set-cookie', value: 'b=2' },
      { name: 'x-latin', value: '\u00e9' },
    ],
  )
  assert.equal(answer.trailers, [{ name: 'x-after', value: 'trailer' }])
  const { pid, ...facts } = JSON.parse(answer.text)
  assert.is(pid, pool.stats().workers[0]!.pid)
  assert.equal(facts, {
    headers: { 'x-a': '1', cookie: 'caf\u00e9', host: 'example.test' },
    authority: 'example.test',
    remote: ['192.0.2.7', 50123],
    servername: 'example.test',
    certificate: '3003020101',
    sessionId: 2 ** 33 + 1,
    streamId: 2 ** 40,
    worker: 0,
  })
})

test("a request's trailers come after its body", async () => {
  const trailers = [{ name: 'x-sum', value: '42' }]
  const answer = await ask(pool, '/hash', { body: bodyOf(300_000), trailers }).done
  assert.is(answer.header('x-trailer'), '42')
  assert.match(answer.text, /^300000 /)
  const bodyless = await ask(pool, '/hash', { trailers }).done
  assert.is(bodyless.header('x-trailer'), '42')
})

test('a request that expects 100 gets it', async () => {
  const answer = ask(pool, '/hash', { open: true, headers: { expect: '100-continue' } })
  await until(() => answer.informational.length > 0, 'continue')
  assert.equal(answer.informational, [[{ name: ':status', value: '100' }]])
  answer.request!.endBody()
  assert.is((await answer.done).status, '200')
})

for (const path of ['/throw', '/reject']) {
  test(`a handler that fails (${path}) is answered with 500, and told`, async () => {
    const answer = await ask(pool, path).done
    assert.is(answer.status, '500')
    await until(() => failures.length === 1, 'told')
    assert.is(failures[0]!.name, 'TypeError')
    assert.match(failures[0]!.message, /a page that (throws|rejects)/)
    await idle()
  })
}

test('a handler that fails after the headers resets its response', async () => {
  const answer = await ask(pool, '/throw-late').done
  assert.equal(answer.events, ['headers', 'reset 102'])
  assert.is(answer.text, 'begun')
  await idle()
})

test('a client that gives up is told to the handler, and the request is gone', async () => {
  const answer = ask(pool, '/never', { open: true })
  answer.request!.writeBody(bodyOf(10))
  await sleep(20)
  answer.request!.abort(0x10c)
  assert.is(pool.inFlight(0), 0)
  await until(() => messages.length === 2, 'told')
  assert.equal(messages.sort(), ['aborted', 'signalled'])
  assert.equal(answer.events, [])
})

test('answers to a request that is gone are dropped and counted', async () => {
  class Hasty extends Answer {
    override onData(bytes: Uint8Array): boolean {
      this.request!.abort(0x10c)
      return super.onData(bytes)
    }
  }
  const before = pool.stats().staleFrames
  const sink = new Hasty()
  const fields = [
    { name: ':method', value: 'GET' },
    { name: ':path', value: '/body' },
    { name: 'x-length', value: '1000000' },
  ]
  const head = { sessionId: 1, streamId: 0, fields, ended: true, connection }
  sink.request = pool.open(0, head, sink)
  await until(() => pool.stats().staleFrames > before, 'counted')
  await ask(pool, '/body', { headers: { 'x-length': 0 } }).done
  assert.equal(sink.events, ['headers'])
  assert.ok(sink.length > 0 && sink.length < 256 * 1024)
})

test('a client that stops the response leaves the request to go on', async () => {
  const answer = ask(pool, '/endless', { paused: true })
  await until(() => answer.length > 0, 'begun')
  answer.request!.stop(0x10c)
  await idle()
  assert.equal(answer.events, ['headers'])
})

test('a body that the handler does not want is stopped', async () => {
  const answer = ask(pool, '/ignore-body', { open: true })
  answer.request!.writeBody(bodyOf(1000))
  await answer.done
  await until(() => answer.events.includes('stop 100'), 'stopped')
  assert.is(answer.text, 'no thanks')
  await idle()
})

test('a client that does not read stops the writes of its worker', async () => {
  const answer = ask(pool, '/endless', { paused: true })
  await until(() => answer.length > 0, 'begun')
  await sleep(100)
  // The window, what Node buffers before it asks to wait, and one write.
  const bound = (256 + 64 + 2 * 16) * 1024
  const written = Math.max(...messages.map(Number))
  assert.ok(answer.length <= 256 * 1024, `${answer.length} came`)
  assert.ok(written <= bound, `${written} written`)
  answer.unpause()
  await until(() => answer.length > 5 * 1024 * 1024, 'going on')
  answer.request!.abort(0x10c)
  await idle()
})

test('a worker that does not read stops the client', async () => {
  const answer = ask(pool, '/late-reader', { open: true })
  const piece = bodyOf(1000)
  let sent = 0
  let room = true
  while (room && sent < 10_000_000) {
    room = answer.request!.writeBody(piece)
    sent += piece.length
    if (sent % 50_000 === 0) await sleep(1)
  }
  assert.is(room, false)
  // The window, and what the stream in the worker takes by itself.
  assert.ok(sent <= (256 + 64) * 1024 + 64 * 1024 + 1000, `${sent} bytes`)
  await sleep(50)
  const again = new Promise<void>((resolve) => {
    answer.onWritableAgain = resolve
  })
  pool.sendMessage('read', 0)
  await again
  answer.request!.endBody()
  assert.is((await answer.done).text, String(sent))
})

test('32 MB for a client that does not read, in 64 requests, are not kept anywhere', async () => {
  const before = Number((await ask(pool, '/memory').done).text)
  const answers = Array.from({ length: 64 }, () => ask(pool, '/endless', { paused: true }))
  await until(() => answers.every(({ length }) => length > 200_000), 'windows full')
  const kept = answers.reduce((sum, { length }) => sum + length, 0)
  assert.ok(kept <= 64 * 256 * 1024, `${kept} bytes`)
  const after = Number((await ask(pool, '/memory').done).text)
  assert.ok(after - before < 100 * 1024 * 1024, `${after - before} bytes more`)
  for (const { request } of answers) request!.abort(0x10c)
  await idle()
})

test('what the sink cannot take fails its request and nothing else', async () => {
  class Picky extends Answer {
    override onHeaders(): void {
      throw new TypeError('a header that HTTP/3 does not have')
    }
  }
  const sink = new Picky()
  const fields = [
    { name: ':method', value: 'GET' },
    { name: ':path', value: '/body' },
    { name: 'x-length', value: '100' },
  ]
  pool.open(0, { sessionId: 1, streamId: 0, fields, ended: true, connection }, sink)
  await sink.done
  assert.equal(sink.events, ['reset 102'])
  assert.is((await ask(pool, '/body', { headers: { 'x-length': 3 } }).done).length, 3)
})

test('a worker calls the server and gets its answer or its error', async () => {
  const answer = await ask(pool, '/call').done
  assert.equal(JSON.parse(answer.text), [3, 'no method fail'])
})

test('a handler can end the connection', async () => {
  await ask(pool, '/close-session', { sessionId: 77 }).done
  await ask(pool, '/fail-session', { sessionId: 78 }).done
  assert.equal(destroyed, [
    [77, false],
    [78, true],
  ])
})

test('a worker that does not read its pipe gets no more requests than it may be owed', async () => {
  await withPool({}, {}, async (own) => {
    const { pid } = own.stats().workers[0]!
    process.kill(pid!, 'SIGSTOP')
    const body = Buffer.alloc(256 * 1024)
    let opened = 0
    while (own.isAvailable(0) && opened < 1000) {
      ask(own, '/hash', { open: true }).request!.writeBody(body)
      opened++
    }
    assert.ok(opened > 250 && opened < 270, `${opened} requests of 256 KiB`)
    assert.throws(() => ask(own, '/hash'), /takes no request/)
    assert.is(own.isAvailable(0), false)
    process.kill(pid!, 'SIGKILL')
  })
})

test.run()
