import { brotliCompressSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Agent, type FetchOptions, fetch, type RequestListener } from '../../src/index.ts'
import { failureOf, patternBytes, startServer } from '../support/http3.ts'

const test = suite('api/fetch')

type Get = (path: string, init?: FetchOptions) => Promise<Response>

async function withFetch(onRequest: RequestListener, action: (get: Get) => Promise<void>) {
  const { server, origin, ca } = await startServer(onRequest)
  const agent = new Agent({ ca })
  try {
    await action((path, init) => fetch(origin + path, { agent, ...init }))
  } finally {
    agent.destroy()
    server.closeAllConnections()
    await server.close()
  }
}

test('a response is one of the platform', async () => {
  await withFetch(
    (_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('x-list', ['1', '2'])
      response.writeHead(201)
      response.end('{"ok":true}')
    },
    async (get) => {
      const response = await get('/path#part')
      assert.instance(response, Response)
      assert.is(response.status, 201)
      assert.ok(response.ok)
      assert.ok(response.url.endsWith('/path'))
      assert.not.ok(response.redirected)
      assert.is(response.headers.get('x-list'), '1, 2')
      assert.equal(response.headers.getSetCookie(), ['a=1', 'b=2'])
      assert.equal(await response.json(), { ok: true })
    },
  )
})

test('bodies of every kind are sent', async () => {
  const form = new FormData()
  form.set('field', 'value')
  const bytes = patternBytes(200_000)
  async function* generate() {
    for (let i = 0; i < bytes.length; i += 70_000) yield bytes.subarray(i, i + 70_000)
  }
  await withFetch(
    (request, response) => {
      response.setHeader('x-type', request.headers['content-type'] ?? 'none')
      response.setHeader('x-length', request.headers['content-length'] ?? 'none')
      request.pipe(response)
    },
    async (get) => {
      const post = async (body: NonNullable<RequestInit['body']>) => {
        const response = await get('/', { method: 'POST', body })
        return {
          type: response.headers.get('x-type'),
          length: response.headers.get('x-length'),
          bytes: Buffer.from(await response.arrayBuffer()),
        }
      }
      const text = await post('grüß')
      assert.is(text.bytes.toString(), 'grüß')
      assert.is(text.type, 'text/plain;charset=UTF-8')
      assert.is(text.length, '6')
      assert.ok((await post(bytes)).bytes.equals(bytes))
      assert.is((await post(new URLSearchParams({ a: 'b c' }))).bytes.toString(), 'a=b+c')
      assert.is((await post(new Blob(['blob'], { type: 'text/x' }))).type, 'text/x')
      assert.match((await post(form)).bytes.toString(), 'name="field"')
      const stream = await post(ReadableStream.from(generate()) as NonNullable<RequestInit['body']>)
      assert.ok(stream.bytes.equals(bytes))
      assert.is(stream.length, 'none')
    },
  )
})

test('redirects are followed, with the method that Fetch gives them', async () => {
  await withFetch(
    (request, response) => {
      const [, status, target] = /^\/(\d+)\/(.*)$/.exec(request.url) ?? []
      if (status === undefined) {
        response.setHeader('x-method', request.method)
        request.pipe(response)
        return
      }
      response.writeHead(Number(status), { location: `/${target}` })
      response.end()
    },
    async (get) => {
      const post = { method: 'POST', body: 'content' }
      for (const [status, method, body] of [
        [301, 'GET', ''],
        [302, 'GET', ''],
        [303, 'GET', ''],
        [307, 'POST', 'content'],
        [308, 'POST', 'content'],
      ] as const) {
        const response = await get(`/${status}/end`, post)
        assert.is(response.headers.get('x-method'), method, String(status))
        assert.is(await response.text(), body)
        assert.ok(response.redirected)
        assert.ok(response.url.endsWith('/end'))
      }
      const manual = await get('/302/end', { redirect: 'manual' })
      assert.is(manual.status, 302)
      assert.is(manual.headers.get('location'), '/end')
      assert.instance(await failureOf(get('/302/end', { redirect: 'error' })), TypeError)
      const loop = Array.from({ length: 21 }, () => '302').join('/')
      assert.match((await failureOf(get(`/${loop}/end`))).message, 'Too many redirects')
    },
  )
})

test('secrets do not follow a redirect to another origin', async () => {
  const seen: unknown[] = []
  const other = await startServer((request, response) => {
    seen.push(request.headers.authorization, request.headers['x-kept'])
    response.end()
  })
  await withFetch(
    (_request, response) => {
      response.writeHead(302, { location: `${other.origin}/` })
      response.end()
    },
    async (get) => {
      await get('/', { headers: { authorization: 'Bearer secret', 'x-kept': 'yes' } })
    },
  )
  assert.equal(seen, [undefined, 'yes'])
  other.server.closeAllConnections()
  await other.server.close()
})

test('content codings are taken off', async () => {
  const text = 'again and again '.repeat(1000)
  await withFetch(
    (request, response) => {
      if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip')
      if (request.url === '/br') response.setHeader('content-encoding', 'br')
      response.end(request.url === '/gzip' ? gzipSync(text) : brotliCompressSync(text))
    },
    async (get) => {
      assert.is(await (await get('/gzip')).text(), text)
      assert.is(await (await get('/br')).text(), text)
    },
  )
})

test('broken gzip is an error of the body', async () => {
  await withFetch(
    (_request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end('this is not gzip')
    },
    async (get) => {
      await failureOf((await get('/')).text())
    },
  )
})

test('an abort ends a fetch before and after the response', async () => {
  let stopped = 0
  const waiting = new AbortController()
  await withFetch(
    (request, response) => {
      response.on('close', () => stopped++)
      if (request.url === '/begin') response.write('begin')
      else waiting.abort()
    },
    async (get) => {
      assert.is((await failureOf(get('/never', { signal: waiting.signal }))).name, 'AbortError')
      const reading = new AbortController()
      const response = await get('/begin', { signal: reading.signal })
      reading.abort()
      assert.is((await failureOf(response.text())).name, 'AbortError')
      const early = await failureOf(get('/never', { signal: AbortSignal.abort() }))
      assert.is(early.name, 'AbortError')
      while (stopped < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  )
})

test('what fails below is the cause of a TypeError', async () => {
  const { server, origin } = await startServer((_request, response) => response.end())
  const error = await failureOf(fetch(origin))
  assert.instance(error, TypeError)
  assert.match((error.cause as { code?: string }).code ?? '', /^UNABLE_TO_/)
  await server.close()
})

test('a response that is cut off is an error of the body', async () => {
  await withFetch(
    (_request, response) => {
      response.write('half', () => setTimeout(() => response.destroy(), 50))
    },
    async (get) => {
      const response = await get('/')
      const error = await failureOf(response.text())
      assert.is(error.code, 'ERR_HTTP3_REQUEST_CANCELLED')
    },
  )
})

test('a body that is not wanted any more is stopped', async () => {
  let closed = false
  await withFetch(
    (_request, response) => {
      response.on('close', () => {
        closed = true
      })
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(50_000), more)
      }
      more()
    },
    async (get) => {
      const reader = (await get('/')).body!.getReader()
      await reader.read()
      await reader.cancel()
      while (!closed) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  )
})

test('HTTP/3 has https: only', async () => {
  const error = await failureOf(fetch('http://localhost/'))
  assert.instance(error, TypeError)
})

test.run()
