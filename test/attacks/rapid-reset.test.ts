/** A51: requests that are opened only to be cancelled, against a running server. */
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../src/index.ts'
import { headers, request, varint } from '../h3/harness.ts'
import { type HostileConnection, HostileEndpoint } from '../support/hostile.ts'
import { ask, startServer, type TestServer } from '../support/http3.ts'

const test = suite('attacks/rapid reset')
const EXCESSIVE_LOAD = 0x107

interface Counts {
  calls: number
  aborted: number
  /** The most handlers that were at work at once. */
  peak: number
}

async function attack(
  cancel: (client: HostileConnection, id: number) => void,
): Promise<{ counts: Counts; client: HostileConnection }> {
  const counts: Counts = { calls: 0, aborted: 0, peak: 0 }
  const context: TestServer = await startServer((req, res) => {
    if (req.url === '/good') {
      res.end('good')
      return
    }
    counts.calls++
    counts.peak = Math.max(counts.peak, counts.calls - counts.aborted)
    req.signal.addEventListener('abort', () => counts.aborted++)
  })
  const good = connect(context.origin, { ca: context.ca })
  const endpoint = await HostileEndpoint.bind()
  const client = await endpoint.connect(context.server.address()!.port)
  const bytes = headers(request())
  for (let i = 0; i < 5000 && client.closeInfo === undefined; i++) {
    const id = client.connection.openStream('bidi')
    if (id === undefined) {
      await sleep(2)
      continue
    }
    client.write(id, bytes)
    cancel(client, id)
  }
  await client.closed()
  assert.is((await ask(good, { ':path': '/good' })).body.toString(), 'good')
  await good.close()
  await endpoint.close()
  await context.server.close()
  return { counts, client }
}

test('requests that are reset one after the other end the connection, not the server', async () => {
  const { counts, client } = await attack((c, id) => {
    c.reset(id, 0x10c)
    c.stopSending(id, 0x10c)
  })
  assert.is(client.closeInfo?.errorCode, EXCESSIVE_LOAD)
  assert.is(counts.aborted, counts.calls)
  assert.ok(counts.peak <= 100, `${counts.peak} handlers at once`)
})

test('requests that make the server reset them are no way around it', async () => {
  // Frames that break the rules of a request: a body longer than its content-length.
  const tooLong = Uint8Array.of(...varint(0), ...varint(5), 1, 2, 3, 4, 5)
  const malformed = headers(request('POST', '/', 'content-length: 1'))
  const { client } = await attack((c, id) => {
    const next = c.connection.openStream('bidi')
    if (next !== undefined) c.write(next, Uint8Array.of(...malformed, ...tooLong))
    c.reset(id, 0x10c)
  })
  assert.is(client.closeInfo?.errorCode, EXCESSIVE_LOAD)
})

test.run()
