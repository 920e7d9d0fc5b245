import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Http3ClientRequest } from '../../src/index.ts'
import { answerOf, withServer } from '../support/http3.ts'

const test = suite('api/request-events')

type IsAny<T> = 0 extends 1 & T ? true : false

/** Does not compile for `any`. */
function typed<T>(value: IsAny<T> extends true ? never : T): T {
  return value
}

test('listeners know what they are given', async () => {
  const seen: unknown[] = []
  await withServer(
    (_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.setTrailer('x-t', '1')
      response.end('body')
    },
    async (session) => {
      const request: Http3ClientRequest = session.request()
      request.on('informational', (headers) => seen.push(typed(headers)[':status']))
      request.once('response', (headers) => {
        const status: number = typed(headers[':status'])
        seen.push(status)
      })
      request.on('trailers', (headers) => seen.push(typed(headers)['x-t']))
      request.prependListener('error', (error) => seen.push(typed(error).message))
      request.on('an event of somebody else', (text: string) => seen.push(text))
      request.emit('an event of somebody else', 'text')
      await answerOf(request)
    },
  )
  assert.equal(seen, ['text', 103, 200, '1'])
})

test.run()
