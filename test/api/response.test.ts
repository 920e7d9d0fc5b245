import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestListener } from '../../src/index.ts'
import { type Answer, answerOf, ask, failureOf, withServer } from '../support/http3.ts'

const test = suite('api/response')

async function answer(onRequest: RequestListener, method = 'GET'): Promise<Answer> {
  let result: Answer | undefined
  await withServer(onRequest, async (session) => {
    result = await ask(session, { ':method': method })
  })
  return result!
}

test('a body that is written at once has a length', async () => {
  const { headers, body } = await answer((_request, response) => response.end('grüß'))
  assert.is(headers['content-length'], '6')
  assert.is(body.toString(), 'grüß')
})

test('a body that is written in parts has none, and an own one is kept', async () => {
  const parts = await answer((_request, response) => {
    response.write('a')
    response.end('b')
  })
  assert.is(parts.headers['content-length'], undefined)
  assert.is(parts.body.toString(), 'ab')
  const own = await answer((_request, response) => {
    response.setHeader('content-length', 2)
    response.write('a')
    response.end('b')
  })
  assert.is(own.headers['content-length'], '2')
})

test('no body is a length of 0', async () => {
  const { headers, body } = await answer((_request, response) => response.end())
  assert.is(headers['content-length'], '0')
  assert.is(body.length, 0)
})

test('HEAD, 204 and 304 have no body, whatever is written', async () => {
  const head = await answer((_request, response) => response.end('hidden'), 'HEAD')
  assert.is(head.body.length, 0)
  assert.is(head.headers['content-length'], '6')
  for (const status of [204, 304]) {
    const { headers, body } = await answer((_request, response) => {
      response.writeHead(status)
      response.write('hidden')
      response.end('too')
    })
    assert.is(headers[':status'], status)
    assert.is(body.length, 0)
    assert.is(headers['content-length'], undefined)
  }
})

test('there is a date, unless it is set or not wanted', async () => {
  const before = Math.floor(Date.now() / 1000) * 1000
  const { headers } = await answer((_request, response) => response.end())
  const date = Date.parse(String(headers.date))
  assert.ok(date >= before - 1000 && date <= Date.now())
  const own = await answer((_request, response) => {
    response.setHeader('Date', 'today')
    response.end()
  })
  assert.is(own.headers.date, 'today')
  const none = await answer((_request, response) => {
    response.sendDate = false
    response.end()
  })
  assert.is(none.headers.date, undefined)
})

test('headers are those that were set last, in every form', async () => {
  const { headers } = await answer((_request, response) => {
    response.setHeader('X-One', 'old')
    response.setHeader('x-gone', '1')
    response.removeHeader('X-Gone')
    response.appendHeader('set-cookie', 'a=1')
    response.appendHeader('set-cookie', 'b=2')
    assert.is(response.getHeader('x-ONE'), 'old')
    assert.ok(response.hasHeader('set-cookie'))
    assert.equal(response.getHeaderNames(), ['x-one', 'set-cookie'])
    response.writeHead(201, 'ignored', { 'x-one': 'new', connection: 'close' })
    assert.not.ok(response.headersSent)
    response.flushHeaders()
    assert.ok(response.headersSent)
    response.end()
  })
  assert.is(headers[':status'], 201)
  assert.is(headers['x-one'], 'new')
  assert.is(headers['x-gone'], undefined)
  assert.is(headers.connection, undefined)
  assert.equal(headers['set-cookie'], ['a=1', 'b=2'])
})

test('headers come from Headers and Maps as well', async () => {
  const { headers } = await answer((_request, response) => {
    response.setHeader('x-a', 'old')
    response.setHeaders(
      new Map<string, string | string[]>([
        ['X-A', 'new'],
        ['x-b', ['1', '2']],
      ]),
    )
    const more = new Headers({ 'x-c': '3' })
    more.append('set-cookie', 'a=1')
    more.append('set-cookie', 'b=2')
    response.setHeaders(more)
    response.end()
  })
  assert.is(headers['x-a'], 'new')
  assert.is(headers['x-b'], '1, 2')
  assert.is(headers['x-c'], '3')
  assert.equal(headers['set-cookie'], ['a=1', 'b=2'])
})

test('headers that come too late, or can not be, are refused', async () => {
  const codes: unknown[] = []
  const attempt = (action: () => void) => {
    try {
      action()
      codes.push('none')
    } catch (error) {
      codes.push((error as { code?: unknown }).code)
    }
  }
  await answer((_request, response) => {
    attempt(() => response.setHeader('a', 'b\r\nc: d'))
    attempt(() => response.setHeader('a b', 'c'))
    attempt(() => response.writeHead(99))
    attempt(() => response.writeHead(100))
    response.flushHeaders()
    attempt(() => response.setHeader('a', 'b'))
    attempt(() => response.writeHead(200))
    response.end()
  })
  assert.equal(codes, [
    'ERR_INVALID_CHAR',
    'ERR_INVALID_HTTP_TOKEN',
    'ERR_HTTP_INVALID_STATUS_CODE',
    'ERR_HTTP_INVALID_STATUS_CODE',
    'ERR_HTTP_HEADERS_SENT',
    'ERR_HTTP_HEADERS_SENT',
  ])
})

test('a buffer may be used again once its write was called back', async () => {
  const { body } = await answer((_request, response) => {
    const buffer = Buffer.alloc(50_000, 'a')
    response.write(buffer, () => {
      buffer.fill('b')
      response.end(buffer)
    })
  })
  assert.is(body.toString(), 'a'.repeat(50_000) + 'b'.repeat(50_000))
})

test('corked writes come in order', async () => {
  const { body } = await answer((_request, response) => {
    response.cork()
    response.write('a')
    response.write('b')
    response.end('c')
  })
  assert.is(body.toString(), 'abc')
})

test('finish and close come once each, in that order', async () => {
  const events: string[] = []
  await answer((_request, response) => {
    response.on('finish', () => events.push('finish'))
    response.on('close', () => events.push('close'))
    response.end('x')
  })
  assert.equal(events, ['finish', 'close'])
})

test('what a client does not accept, or a handler destroys, resets the request and nothing else', async () => {
  const uncaught: Error[] = []
  const onUncaught = (error: Error) => uncaught.push(error)
  process.on('uncaughtException', onUncaught)
  let informed: boolean | undefined
  await withServer(
    (request, response) => {
      if (request.url === '/early') {
        informed = response.writeInformation(103, { link: '</a>; rel=preload'.padEnd(200, '.') })
      }
      if (request.url === '/destroy') response.destroy(new Error('the handler gives up'))
      else if (request.url === '/flush') {
        response.setHeader('x', 'y'.repeat(200))
        response.flushHeaders()
      } else if (request.url === '/ok') {
        response.sendDate = false
        response.end()
      } else response.setHeader('x', 'y'.repeat(200)).end('never seen')
    },
    async (session) => {
      for (const path of ['/end', '/early', '/flush', '/destroy']) {
        const { code } = await failureOf(ask(session, { ':path': path }))
        assert.is(code, 'ERR_HTTP3_INTERNAL_ERROR', path)
      }
      assert.is(informed, false)
      const expecting = session.request({ ':path': '/ok', expect: '100-continue' })
      assert.is((await answerOf(expecting)).headers[':status'], 200)
    },
    { client: { http3: { maxFieldSectionSize: 100 } } },
  )
  process.off('uncaughtException', onUncaught)
  assert.equal(uncaught, [])
})

test('a client that accepts no 100 gets the response without it', async () => {
  let informed = 0
  await withServer(
    (_request, response) => {
      response.sendDate = false
      response.setHeader('content-length', '0')
      response.end()
    },
    async (session) => {
      const request = session.request({ expect: '100-continue' })
      request.on('informational', () => informed++)
      const { code } = await failureOf(answerOf(request))
      assert.is(code, 'ERR_HTTP3_INTERNAL_ERROR')
    },
    { client: { http3: { maxFieldSectionSize: 1 } } },
  )
  assert.is(informed, 0)
})

test('a response that nobody could send is an uncaught exception', async () => {
  const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve))
  await withServer(
    (_request, response) => {
      response.statusCode = 99
      response.end()
    },
    async (session) => {
      assert.is((await failureOf(ask(session))).code, 'ERR_HTTP3_INTERNAL_ERROR')
    },
  )
  assert.match((await uncaught).message, '99')
})

test('white space around a value is left out', async () => {
  const { headers } = await answer((_request, response) => {
    response.setHeader('x', ' \t a b \t')
    response.setHeader('y', ['  ', 'c '])
    response.end()
  })
  assert.is(headers.x, 'a b')
  assert.is(headers.y, ', c')
})

test.run()
