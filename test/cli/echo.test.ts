import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { echo } from '../../src/cli/echo.ts'
import { answerOf, patternBytes, withServer } from '../support/http3.ts'

const test = suite('cli/echo')
const MIB = 1024 * 1024
const post = { ':method': 'POST', ':path': '/echo' }

test('an upload comes back once it is whole, to those who read nothing before', async () => {
  const body = patternBytes(12 * MIB)
  let counted = 0
  await withServer(
    (request, response) =>
      echo(request, response, (length) => {
        counted += length
      }),
    async (session) => {
      const request = session.request(post)
      for (let at = 0; at < body.length; at += MIB) {
        if (!request.write(body.subarray(at, at + MIB))) await once(request, 'drain')
      }
      assert.is(request.responseHeaders, undefined)
      request.end()
      const answer = await answerOf(request)
      assert.is(answer.headers['content-length'], String(body.length))
      assert.ok(answer.body.equals(body))
      assert.is(counted, body.length)
    },
  )
})

test('more than 24 MiB is 413', async () => {
  await withServer(
    (request, response) => echo(request, response),
    async (session) => {
      const request = session.request(post)
      request.end(Buffer.alloc(24 * MIB + 1))
      const { headers, body } = await answerOf(request)
      assert.is(headers[':status'], 413)
      assert.match(body.toString(), 'not echoed')
    },
  )
})

test('uploads hold 48 MiB together, and give it back when their clients leave', async () => {
  const held = 17 * MIB
  let received = 0
  await withServer(
    (request, response) =>
      echo(request, response, (length) => {
        received += length
      }),
    async (session) => {
      const begin = () => {
        const request = session.request(post)
        request.write(Buffer.alloc(held))
        return request
      }
      const first = [begin(), begin()]
      while (received < 2 * held) await delay(5)
      const { headers } = await answerOf(begin())
      assert.is(headers[':status'], 503)
      for (const request of first) request.close()
      await Promise.all(first.map((request) => request.closed || once(request, 'close')))
      await delay(50)
      const after = session.request(post)
      after.end(Buffer.alloc(held))
      assert.is((await answerOf(after)).body.length, held)
    },
  )
})

test.run()
