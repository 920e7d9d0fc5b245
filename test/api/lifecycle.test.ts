/** What sessions and servers hold of the process, and that they let go of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer } from '../../src/index.ts'
import { createTestCa } from '../support/certificates.ts'
import { ask, failureOf, startServer, withServer } from '../support/http3.ts'

const test = suite('api lifecycle')

async function identity(): Promise<{ key: string; cert: string }> {
  const { certPem, keyPem } = await (await createTestCa()).issue()
  return { key: keyPem, cert: certPem }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length
}

/** A socket that was closed is gone a little later. */
async function assertOpenSockets(count: number): Promise<void> {
  for (let i = 0; i < 2000 && openSockets() !== count; i++) await sleep(10)
  assert.is(openSockets(), count)
}

/** A signal that counts its listeners. */
class CountedSignal {
  readonly controller = new AbortController()
  count = 0

  constructor() {
    const { signal } = this.controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.count++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.count--
      remove(...args)
    }
  }
}

test('transport options that no connection can work with are refused at once', async () => {
  const own = await identity()
  for (const transport of [
    { maxDatagramSize: 1199 },
    { maxDatagramSize: 65_536 },
    { initialMaxStreamsBidi: -1 },
    { maxIdleTimeout: Number.NaN },
    { initialMaxData: 2 ** 60 },
    { handshakeTimeout: 0.5 },
  ]) {
    const isRangeError = (error: Error & { code?: string }) =>
      error instanceof RangeError && error.code === 'ERR_OUT_OF_RANGE'
    assert.throws(() => connect('https://localhost', { transport }), isRangeError)
    assert.throws(() => createSecureServer({ ...own, transport }), isRangeError)
  }
  assert.throws(() => connect('https://localhost', { http3: { maxFields: -1 } }), /http3.maxFields/)
  assert.throws(
    () => createSecureServer({ ...own, http3: { qpackBlockedStreams: 0.5 } }),
    /http3.qpackBlockedStreams/,
  )
})

test('a server that can not listen leaves no socket behind', async () => {
  const before = openSockets()
  const options = { ...(await identity()), requestCert: true, ca: 'no certificate' }
  const server = createSecureServer(options)
  assert.match((await failureOf(server.listen(0, '127.0.0.1'))).message, /certificate/i)
  await assertOpenSockets(before)
  assert.is((await failureOf(server.close())).code, 'ERR_SERVER_NOT_RUNNING')
})

test('a server whose signal is aborted while it binds does not listen', async () => {
  const before = openSockets()
  const server = createSecureServer(await identity())
  const controller = new AbortController()
  const listening = server.listen({ host: '127.0.0.1', signal: controller.signal })
  controller.abort()
  assert.is((await failureOf(listening)).name, 'AbortError')
  assert.is(server.listening, false)
  await assertOpenSockets(before)
})

test('a server that is closed while it binds is closed after it', async () => {
  const before = openSockets()
  const server = createSecureServer(await identity())
  const listening = server.listen(0, '127.0.0.1')
  await server.close()
  await listening
  assert.is(server.address(), null)
  await assertOpenSockets(before)
})

test('a signal that outlives sessions and servers keeps no listeners of them', async () => {
  const counted = new CountedSignal()
  const { signal } = counted.controller
  const { server, origin, ca } = await startServer((_, response) => response.end())
  for (let i = 0; i < 3; i++) {
    const session = connect(origin, { ca, signal })
    await ask(session)
    await session.close()
  }
  await server.close()
  const other = createSecureServer(await identity())
  await other.listen({ host: '127.0.0.1', signal })
  await other.close()
  assert.is(counted.count, 0)
})

test('to close a server still gives up requests that do not come', async () => {
  let closed = false
  await withServer(
    () => {},
    async (session, { server }) => {
      const request = session.request({ ':method': 'POST' })
      request.on('error', () => {})
      const begun = new Promise((resolve) => server.once('request', resolve))
      request.write('a part')
      await begun
      await server.close()
      closed = true
    },
    {
      server: { requestTimeout: 200 },
      client: { transport: { keepAliveInterval: 50 } },
    },
  )
  assert.ok(closed)
})

test('a session that is destroyed before it is connected leaves no socket behind', async () => {
  // Those of the tests before may still be closing.
  await assertOpenSockets(0)
  const { server, origin, ca } = await startServer((_, response) => response.end())
  for (const delay of [0, 1, 5]) {
    const session = connect(origin, { ca })
    const closed = new Promise<void>((resolve) => session.once('close', () => resolve()))
    setTimeout(() => session.destroy(), delay)
    await closed
  }
  await server.close()
  await assertOpenSockets(0)
})

test('a listener of listening that throws is uncaught, as in node:http, and the server serves', async () => {
  const uncaught: string[] = []
  const errors: unknown[] = []
  const onUncaught = (error: Error) => uncaught.push(error.message)
  process.on('uncaughtException', onUncaught)
  try {
    const before = openSockets()
    const server = createSecureServer(await identity(), (_request, response) =>
      response.end('here'),
    )
    server.on('error', (error) => errors.push(error))
    await server.listen(0, '127.0.0.1', () => {
      throw new Error('from listening')
    })
    await sleep(0)
    assert.equal(uncaught, ['from listening'])
    assert.ok(server.listening)
    const session = connect(`https://127.0.0.1:${server.address()?.port}`, {
      rejectUnauthorized: false,
    })
    assert.is((await ask(session)).body.toString(), 'here')
    await session.close()
    await server.close()
    assert.equal(errors, [])
    await assertOpenSockets(before)
  } finally {
    process.off('uncaughtException', onUncaught)
  }
})

test.run()
