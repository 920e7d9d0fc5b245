/** Many at once, slow ones, and many one after the other: against servers in processes of their own. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { HostileEndpoint, until } from '../support/hostile.ts'
import { ask } from '../support/http3.ts'
import { type LoadServer, type Measurement, startLoadServer } from '../support/load-server.ts'
import { bytesInUse } from '../support/memory.ts'

const test = suite('e2e/load')
const MEGABYTE = 1_000_000
const BLOCK = Buffer.alloc(1024 * 1024, 0x62)
let server: LoadServer

test.before(async () => {
  server = await startLoadServer()
})

test.after(async () => {
  const { uncaught } = await server.measure()
  await server.stop()
  assert.equal(uncaught, [])
})

/** Bytes that are in use beyond those at another time; pages that were freed don't count. */
function grown(now: Measurement, before: Measurement): number {
  return now.heapUsed + now.external - before.heapUsed - before.external
}

/** Waits until the server has no more than so many bytes more in use; a collection precedes each look. */
async function untilShrunk(before: Measurement, most: number): Promise<void> {
  for (const deadline = performance.now() + 30_000; ; ) {
    const bytes = grown(await server.measure(), before)
    if (bytes < most) return
    assert.ok(performance.now() < deadline, `${bytes} bytes more`)
    await sleep(500)
  }
}

test('1,000 requests at once on one connection are all answered', async () => {
  const session = connect(server.origin, { ca: server.ca })
  const paths = Array.from({ length: 1000 }, (_, i) => `/number/${i}`)
  const answers = await Promise.all(paths.map((path) => ask(session, { ':path': path })))
  assert.equal(
    answers.map(({ body }) => body.toString()),
    paths,
  )
  await session.close()
})

test('200 connections at once are all served', async () => {
  const sessions = Array.from({ length: 200 }, () => connect(server.origin, { ca: server.ca }))
  const answers = await Promise.all(
    sessions.map((session, i) => ask(session, { ':path': `/${i}` })),
  )
  assert.equal(
    answers.map(({ body }) => body.toString()),
    sessions.map((_, i) => `/${i}`),
  )
  assert.is((await server.measure()).connections, 200)
  await Promise.all(sessions.map((session) => session.close()))
})

test('a response of 100 MB that is not read takes no memory at the server', async () => {
  const session = connect(server.origin, { ca: server.ca })
  await ask(session)
  const before = await server.measure()
  const request = session.request({ ':path': '/bytes/100' })
  await once(request, 'response')
  await sleep(1000)
  const bytes = grown(await server.measure(), before)
  assert.ok(bytes < 20 * MEGABYTE, `${bytes} bytes more`)
  let received = 0
  for await (const chunk of request) received += chunk.length
  assert.is(received, 100 * BLOCK.length)
  await session.close()
})

test('a response of 100 MB that is read slowly takes no memory at the client', async () => {
  const session = connect(server.origin, { ca: server.ca })
  await ask(session)
  const before = bytesInUse()
  const request = session.request({ ':path': '/bytes/100' })
  await once(request, 'response')
  let received = 0
  let most = Number.POSITIVE_INFINITY
  for await (const chunk of request) {
    received += chunk.length
    await sleep(1)
    if (received < 2 * MEGABYTE) continue
    most = bytesInUse() - before
    break
  }
  assert.ok(most < 20 * MEGABYTE, `${most} bytes more`)
  await session.close()
})

test('an upload of 100 MB to a server that is slow waits at the client', async () => {
  const session = connect(server.origin, { ca: server.ca })
  await ask(session)
  const before = await server.measure()
  const request = session.request({ ':method': 'POST', ':path': '/slow' })
  request.on('error', () => {})
  let written = 0
  for (; written < 100; written++) {
    if (!request.write(BLOCK)) {
      const drained = await Promise.race([once(request, 'drain'), sleep(500, 'waits')])
      if (drained === 'waits') break
    }
  }
  assert.ok(written < 20, `${written} MB were taken`)
  const bytes = grown(await server.measure(), before)
  assert.ok(bytes < 20 * MEGABYTE, `${bytes} bytes more`)
  session.destroy()
})

test('a client that uploads to a server that never reads is no burden to either', async () => {
  const before = await server.measure()
  const sessions = Array.from({ length: 20 }, () => connect(server.origin, { ca: server.ca }))
  for (const session of sessions) {
    session.on('error', () => {})
    const request = session.request({ ':method': 'POST', ':path': '/hold' })
    request.on('error', () => {})
    request.end(BLOCK)
  }
  await sleep(2000)
  // At most the credit of a stream at its start, for each.
  const perConnection = grown(await server.measure(), before) / sessions.length
  assert.ok(perConnection < 0.6 * MEGABYTE, `${perConnection} bytes a connection`)
  for (const session of sessions) session.destroy()
})

test('client and server share a UDP socket', async () => {
  const one = await HostileEndpoint.bind()
  const { identity } = await import('../quic/support/pair.ts')
  one.listen(identity)
  const two = await HostileEndpoint.bind()
  two.listen(identity)
  // Each is the client of the other, on the port that it listens on.
  const there = await one.connect(two.port)
  const back = await two.connect(one.port)
  const own = await one.connect(one.port)
  await until(() => one.accepted.length === 2 && two.accepted.length === 1, 'connections')
  const payload = Buffer.alloc(300_000, 'both ways ')
  for (const client of [there, back, own]) {
    const id = await client.open()
    const end = client === there ? two : one
    client.write(id, payload, true)
    const serving = () => end.accepted.find((c) => c.has('streamOpened', id))
    await until(() => serving() !== undefined, 'stream')
    const accepted = serving()!
    assert.ok((await accepted.readToEnd(id)).equals(payload))
    accepted.write(id, payload, true)
    assert.ok((await client.readToEnd(id)).equals(payload))
    accepted.events.length = 0
  }
  await one.close()
  await two.close()
})

test('2,000 connections one after the other leave nothing behind, at either end', async () => {
  const cycle = async () => {
    const session = connect(server.origin, { ca: server.ca })
    await ask(session)
    await session.close()
  }
  // Code is compiled and caches fill at first.
  for (let i = 0; i < 300; i++) await cycle()
  await sleep(500)
  const before = await server.measure()
  for (let i = 0; i < 2000; i++) await cycle()
  // A server keeps what is closed for three probe timeouts.
  await untilShrunk(before, 4 * MEGABYTE)
  assert.is((await server.measure()).connections, 0)
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap')
  assert.is(sockets.length, 0)
})

test.run()
