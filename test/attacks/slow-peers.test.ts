/** A41, A58: peers that begin something and do not go on, or never read. */
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestListener, ServerOptions } from '../../src/index.ts'
import { headers, request, response } from '../h3/harness.ts'
import { type HostileConnection, HostileEndpoint, until } from '../support/hostile.ts'
import { startServer, type TestServer } from '../support/http3.ts'

const test = suite('attacks/slow peers')

async function withHostile(
  onRequest: RequestListener,
  options: ServerOptions,
  action: (client: HostileConnection, context: TestServer) => Promise<void>,
): Promise<void> {
  const context = await startServer(onRequest, options)
  const endpoint = await HostileEndpoint.bind()
  try {
    const { port } = context.server.address()!
    // It stays as long as it likes: PINGs keep the connection from idling.
    await action(await endpoint.connect(port, { transport: { keepAliveInterval: 50 } }), context)
  } finally {
    await endpoint.close()
    context.server.closeAllConnections()
    await context.server.close()
  }
}

test('a request whose headers trickle in is answered 408 in time', () => {
  let calls = 0
  return withHostile(
    () => calls++,
    { requestTimeout: 300 },
    async (client) => {
      const whole = headers(request())
      const id = await client.open()
      const started = performance.now()
      let sent = 0
      // A byte at a time: there is always some progress.
      while (!client.has('streamStopped', id) && sent < whole.length - 1) {
        client.write(id, whole.subarray(sent, ++sent))
        await sleep(50)
      }
      assert.ok(performance.now() - started < 5000)
      assert.ok(client.has('streamStopped', id))
      const answer = await client.readToEnd(id)
      const expected = headers(response(408))
      assert.equal(new Uint8Array(answer.subarray(0, expected.length)), expected)
      assert.is(calls, 0)
      assert.is(client.closeInfo, undefined)
    },
  )
})

test('a response that was ended at once and is never read is given up in time', () =>
  withHostile(
    (_, response) => response.end(Buffer.alloc(4_000_000)),
    { writeTimeout: 300 },
    async (client) => {
      const id = await client.open()
      client.write(id, headers(request()), true)
      await until(() => client.has('streamReset', id), 'reset of the response')
    },
  ))

test('a response that is read slowly is not given up', () =>
  withHostile(
    (_, response) => response.end(Buffer.alloc(1_500_000)),
    { writeTimeout: 1500 },
    async (client) => {
      const id = await client.open()
      client.write(id, headers(request()), true)
      const started = performance.now()
      let received = 0
      while (!client.connection.readFinished(id)) {
        const before = received
        for (let bytes = client.connection.read(id); bytes; ) {
          received += bytes.length
          if (received - before > 50_000) break
          bytes = client.connection.read(id)
        }
        client.wake()
        await sleep(100)
        assert.ok(!client.has('streamReset', id), `given up after ${received} bytes`)
      }
      assert.ok(received > 1_500_000)
      assert.ok(performance.now() - started > 2000, 'it was not slow')
    },
  ))

test('a server that is closed does not wait for peers that hang', async () => {
  const started = performance.now()
  await withHostile(
    () => {},
    { requestTimeout: 300, writeTimeout: 300 },
    async (client, { server }) => {
      client.write(await client.open(), headers(request()).subarray(0, 3))
      client.write(await client.open(), headers(request('POST')))
      await until(() => server.connections === 1, 'session')
      await sleep(50)
      const closing = server.close()
      await client.closed()
      await closing
      assert.is(client.closeInfo?.errorCode, 0x100)
    },
  )
  assert.ok(performance.now() - started < 10_000)
})

test.run()
