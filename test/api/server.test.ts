import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer, type Http3ServerRequest } from '../../src/index.ts'
import { createTestCa } from '../support/certificates.ts'
import {
  answerOf,
  ask,
  failureOf,
  patternBytes,
  startServer,
  withServer,
} from '../support/http3.ts'

const test = suite('api/server')

test('bodies of every size come back as they were sent', async () => {
  await withServer(
    (request, response) => request.pipe(response),
    async (session) => {
      for (const size of [0, 1, 1199, 65_536, 65_537, 1_000_000, 5_000_000]) {
        const sent = patternBytes(size)
        const request = session.request({ ':method': 'POST', ':path': `/${size}` })
        request.end(sent)
        const { headers, body } = await answerOf(request)
        assert.is(headers[':status'], 200)
        assert.ok(body.equals(sent), `${size} bytes`)
      }
    },
  )
})

test('many requests at once share a connection', async () => {
  await withServer(
    (request, response) => response.end(request.url),
    async (session, { server }) => {
      const paths = Array.from({ length: 300 }, (_, i) => `/${i}`)
      const answers = await Promise.all(paths.map((path) => ask(session, { ':path': path })))
      assert.equal(
        answers.map(({ body }) => body.toString()),
        paths,
      )
      assert.is(server.connections, 1)
    },
  )
})

test('a request looks like one of node:http', async () => {
  let seen = undefined as Http3ServerRequest | undefined
  await withServer(
    (request, response) => {
      seen = request
      response.end()
    },
    async (session) => {
      await ask(session, { ':path': '/a?b=c', 'X-Test': 'yes', cookie: 'a=1' })
      assert.ok(seen)
      assert.is(seen.method, 'GET')
      assert.is(seen.url, '/a?b=c')
      assert.is(seen.httpVersion, '3.0')
      assert.is(seen.headers['x-test'], 'yes')
      assert.is(seen.headers.cookie, 'a=1')
      assert.is(seen.headers.host, session.origin.host)
      assert.is(seen.headers[':path'], undefined)
      assert.is(seen.authority, session.origin.host)
      assert.is(seen.scheme, 'https')
      assert.ok(seen.complete)
      assert.is(seen.socket.encrypted, true)
      assert.is(seen.socket.remoteAddress, '127.0.0.1')
      assert.is(seen.socket.remotePort, session.local.port)
      assert.is(seen.socket.alpnProtocol, 'h3')
    },
  )
})

test('trailers go both ways', async () => {
  await withServer(
    (request, response) => {
      response.write('body')
      request.resume()
      request.on('end', () => {
        response.addTrailers({ 'x-echo': String(request.trailers['x-sum']) })
        response.end()
      })
    },
    async (session) => {
      const request = session.request({ ':method': 'POST' })
      request.write('abc')
      request.setTrailers({ 'x-sum': '42' })
      request.end()
      const { body, trailers } = await answerOf(request)
      assert.is(body.toString(), 'body')
      assert.is((trailers as Record<string, string>)['x-echo'], '42')
    },
  )
})

test('a client that expects 100 is told to go on', async () => {
  const statuses: number[] = []
  await withServer(
    (request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      request.pipe(response)
    },
    async (session) => {
      const request = session.request({ ':method': 'POST', expect: '100-continue' })
      request.on('informational', (headers) => {
        statuses.push(headers[':status'])
        if (headers[':status'] === 100) request.end('now')
        else assert.is(headers.link, '</style.css>; rel=preload')
      })
      const { body } = await answerOf(request)
      assert.is(body.toString(), 'now')
      assert.equal(statuses, [100, 103])
    },
  )
})

test('a file is sent by pipeline', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
  const file = join(folder, 'file')
  const content = patternBytes(3_000_000)
  writeFileSync(file, content)
  let sent: Promise<void> | undefined
  await withServer(
    (_request, response) => {
      sent = pipeline(createReadStream(file), response)
    },
    async (session) => {
      const { body } = await ask(session)
      assert.ok(body.equals(content))
      await sent
    },
  )
  rmSync(folder, { recursive: true })
})

test('a response waits for its reader', async () => {
  const total = 30_000_000
  let written = 0
  await withServer(
    (_request, response) => {
      const chunk = Buffer.alloc(100_000)
      const go = () => {
        while (written < total) {
          written += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', go)
            return
          }
        }
        response.end()
      }
      go()
    },
    async (session) => {
      const request = session.request()
      await once(request, 'response')
      await delay(300)
      assert.ok(written < total, `${written} bytes were taken though nobody reads`)
      let received = 0
      for await (const chunk of request) received += chunk.length
      assert.is(received, total)
    },
  )
})

test('a request waits for its reader', async () => {
  let release: () => void = () => {}
  await withServer(
    (request, response) => {
      release = () => request.pipe(response)
    },
    async (session) => {
      const request = session.request({ ':method': 'POST' })
      const total = 30_000_000
      let written = 0
      const go = () => {
        while (written < total) {
          written += 100_000
          if (!request.write(Buffer.alloc(100_000))) {
            request.once('drain', go)
            return
          }
        }
        request.end()
      }
      go()
      await delay(300)
      assert.ok(written < total, `${written} bytes were taken though nobody reads`)
      release()
      const { body } = await answerOf(request)
      assert.is(body.length, total)
    },
  )
})

test('a client that gives up is told to the server', async () => {
  const aborted: string[] = []
  let closed = 0
  await withServer(
    (request, response) => {
      request.on('aborted', () => aborted.push(request.url))
      request.signal.addEventListener('abort', () => aborted.push('signal'))
      response.on('close', () => closed++)
      response.write('begin')
    },
    async (session) => {
      const request = session.request({ ':method': 'POST', ':path': '/up' })
      request.write('x')
      await once(request, 'response')
      request.close()
      while (closed === 0) await delay(5)
      assert.equal(aborted.sort(), ['/up', 'signal'])
      assert.not.ok(session.closed)
    },
  )
})

test('a client that gives up a GET is told to the server as well', async () => {
  const seen: string[] = []
  await withServer(
    (request, response) => {
      request.on('aborted', () => seen.push('aborted'))
      request.on('close', () => seen.push('request'))
      request.signal.addEventListener('abort', () => seen.push('signal'))
      response.on('close', () => seen.push('response'))
      response.write('begin')
    },
    async (session) => {
      const request = session.request()
      await once(request, 'response')
      request.close()
      while (seen.length < 4) await delay(5)
      assert.equal(seen.sort(), ['aborted', 'request', 'response', 'signal'])
    },
  )
})

test('a request is closed after its response, read or not, without a word of aborting', async () => {
  const seen: string[] = []
  await withServer(
    (request, response) => {
      request.on('aborted', () => seen.push('aborted'))
      request.signal.addEventListener('abort', () => seen.push('signal'))
      request.on('close', () => seen.push(request.method))
      if (request.method === 'PUT') request.pipe(response)
      else response.end('done')
    },
    async (session) => {
      await ask(session)
      assert.is((await ask(session, { ':method': 'DELETE' })).body.toString(), 'done')
      const put = session.request({ ':method': 'PUT' })
      put.end('body')
      assert.is((await answerOf(put)).body.toString(), 'body')
      while (seen.length < 3) await delay(5)
      assert.equal(seen, ['GET', 'DELETE', 'PUT'])
    },
  )
})

test('a body that is read after the response has ended is still whole', async () => {
  const bodies: string[] = []
  await withServer(
    (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk
      })
      request.on('end', () => bodies.push(body))
      response.end('accepted')
    },
    async (session) => {
      const request = session.request({ ':method': 'POST' })
      request.end('a body')
      await answerOf(request)
      while (bodies.length === 0) await delay(5)
      assert.equal(bodies, ['a body'])
    },
  )
})

test('with captureRejections a handler that rejects is a 500', async () => {
  EventEmitter.captureRejections = true
  try {
    await withServer(
      async (request, response) => {
        response.setHeader('x-secret', 'half done')
        if (request.url === '/begun') response.write('begun')
        await delay(1)
        throw new Error('from the handler')
      },
      async (session) => {
        const { headers, body } = await ask(session)
        assert.is(headers[':status'], 500)
        assert.is(headers['x-secret'], undefined)
        assert.is(body.toString(), 'Internal Server Error\n')
        const { code } = await failureOf(ask(session, { ':path': '/begun' }))
        assert.is(code, 'ERR_HTTP3_INTERNAL_ERROR')
      },
    )
  } finally {
    EventEmitter.captureRejections = false
  }
})

test('a response that is destroyed fails the request alone', async () => {
  await withServer(
    (request, response) => {
      response.write('some')
      if (request.url === '/bad') response.destroy(new Error('broken'))
      else response.end()
      response.on('error', () => {})
    },
    async (session) => {
      const error = await failureOf(ask(session, { ':path': '/bad' }))
      assert.is(error.code, 'ERR_HTTP3_INTERNAL_ERROR')
      assert.is((await ask(session, { ':path': '/good' })).body.toString(), 'some')
    },
  )
})

test('a handler that answers without reading lets the client know', async () => {
  await withServer(
    (_request, response) => {
      response.writeHead(413)
      response.end('too much')
    },
    async (session) => {
      const request = session.request({ ':method': 'POST' })
      request.write(Buffer.alloc(10_000_000))
      const { headers, body } = await answerOf(request)
      assert.is(headers[':status'], 413)
      assert.is(body.toString(), 'too much')
    },
  )
})

test('close waits for requests in progress and refuses new connections', async () => {
  let finish = (): void => {}
  const context = await startServer((_request, response) => {
    response.write('first ')
    finish = () => response.end('last')
  })
  const session = connect(context.origin, { ca: context.ca })
  const request = session.request()
  await once(request, 'response')
  const goaway = once(session, 'goaway')
  let closed = false
  const closing = context.server.close().then(() => {
    closed = true
  })
  await goaway
  await delay(50)
  assert.is(closed, false)
  finish()
  const { body } = await answerOf(request)
  assert.is(body.toString(), 'first last')
  await closing
  assert.is(context.server.address(), null)
  if (!session.closed) await once(session, 'close')
  assert.throws(() => session.request())
})

test('a new client of a server that is closing is refused at once', async () => {
  let finish = (): void => {}
  const context = await startServer((_request, response) => {
    response.write('first ')
    finish = () => response.end('last')
  })
  const session = connect(context.origin, { ca: context.ca })
  const request = session.request()
  await once(request, 'response')
  const closing = context.server.close()
  const late = connect(context.origin, { ca: context.ca })
  const { code, message } = await failureOf(ask(late))
  assert.is(code, 'ERR_QUIC_TRANSPORT_ERROR')
  assert.match(message, 'the server is closing')
  finish()
  assert.is((await answerOf(request)).body.toString(), 'first last')
  await closing
})

test('beyond maxSessions a client is not answered, until one leaves', async () => {
  await withServer(
    (_request, response) => response.end('in'),
    async (first, { origin, ca }) => {
      await ask(first)
      const refused = connect(origin, { ca, transport: { handshakeTimeout: 200 } })
      assert.is((await failureOf(ask(refused))).code, 'ERR_QUIC_HANDSHAKE_TIMEOUT')
      await first.close()
      const next = connect(origin, { ca })
      assert.is((await ask(next)).body.toString(), 'in')
      await next.close()
    },
    { server: { maxSessions: 1 } },
  )
})

test('a request that does not come in time is 408', async () => {
  await withServer(
    (request) => request.resume(),
    async (session) => {
      const request = session.request({ ':method': 'POST' })
      request.write('a beginning')
      assert.is((await answerOf(request)).headers[':status'], 408)
    },
    { server: { requestTimeout: 100 } },
  )
})

test('a response that nobody reads is given up in time', async () => {
  let closed = false
  await withServer(
    (_request, response) => {
      response.on('close', () => {
        closed = true
      })
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(100_000), more)
      }
      more()
    },
    async (session) => {
      const request = session.request()
      const failure = failureOf(once(request, 'end'))
      while (!closed) await delay(5)
      request.resume()
      assert.is((await failure).code, 'ERR_HTTP3_REQUEST_CANCELLED')
    },
    { server: { writeTimeout: 200 } },
  )
})

test('a server without a certificate does not listen', async () => {
  const error = await failureOf(createSecureServer({}).listen({ port: 0 }))
  assert.is(error.code, 'ERR_QUIC_NO_CERTIFICATE')
})

test('a key without its certificate is refused', async () => {
  const ca = await createTestCa()
  const [one, two] = await Promise.all([ca.issue(), ca.issue()])
  assert.throws(() => createSecureServer({ key: one.keyPem }), /both `key` and `cert`/)
  assert.throws(() => createSecureServer({ key: one.keyPem, cert: two.certPem }))
})

test('a port that is taken is an error of the promise', async () => {
  const { server, origin } = await startServer(() => {})
  const ca = await createTestCa()
  const { certPem, keyPem } = await ca.issue()
  const second = createSecureServer({ cert: certPem, key: keyPem })
  const error = await failureOf(second.listen(Number(new URL(origin).port), '127.0.0.1'))
  assert.is(error.code, 'EADDRINUSE')
  await server.close()
})

test('a port that is none is refused as by node:http, and nothing is bound', async () => {
  const { certPem: cert, keyPem: key } = await (await createTestCa()).issue()
  const server = createSecureServer({ cert, key })
  for (const port of [65_536, 99_999, -1, 1.5, Number.NaN, 'abc', '', {}] as number[]) {
    const error = await failureOf(server.listen({ port, host: '127.0.0.1' }))
    assert.instance(error, RangeError)
    assert.is(error.code, 'ERR_SOCKET_BAD_PORT', String(port))
    assert.is(server.listening, false)
  }
  const { code } = await failureOf(server.listen('abc' as unknown as number))
  assert.is(code, 'ERR_SOCKET_BAD_PORT')
  // In digits it comes from the environment.
  const free = createSocket('udp4')
  await new Promise<void>((resolve) => free.bind(0, '127.0.0.1', resolve))
  const { port } = free.address()
  await new Promise<void>((resolve) => free.close(() => resolve()))
  await server.listen(String(port) as unknown as number, '127.0.0.1')
  assert.is(server.address()?.port, port)
  await server.close()
})

test('a listening server refuses to listen again, a closed one to close', async () => {
  const { server } = await startServer(() => {})
  assert.is((await failureOf(server.listen(0))).code, 'ERR_SERVER_ALREADY_LISTEN')
  await server.close()
  const fresh = createSecureServer({})
  assert.is((await failureOf(fresh.close())).code, 'ERR_SERVER_NOT_RUNNING')
})

test('an error in a listener is uncaught, and the connection goes on', async () => {
  const caught: unknown[] = []
  const onUncaught = (error: unknown) => caught.push(error)
  process.once('uncaughtException', onUncaught)
  await withServer(
    (request, response) => {
      if (request.url === '/throw') {
        response.end('thrown')
        throw new Error('from the listener')
      }
      response.end('fine')
    },
    async (session) => {
      await ask(session, { ':path': '/throw' })
      assert.is((await ask(session)).body.toString(), 'fine')
    },
  )
  assert.is((caught[0] as Error).message, 'from the listener')
})

test('names choose certificates: contexts, wildcards, the callback', async () => {
  const ca = await createTestCa()
  const identity = async (host: string) => {
    const { certPem, keyPem } = await ca.issue({ hosts: [host] })
    return { cert: certPem, key: keyPem }
  }
  const [one, wild, called] = await Promise.all(
    ['one.test', '*.wild.test', 'called.test'].map(identity),
  )
  const { server, origin } = await startServer((_request, response) => response.end('ok'), {
    SNICallback: (name, callback) =>
      name === 'called.test' ? callback(null, called) : callback(null),
  })
  server.addContext('one.test', one!)
  server.addContext('*.wild.test', wild!)
  for (const servername of ['one.test', 'ONE.test', 'a.wild.test', 'called.test']) {
    const session = connect(origin, { ca: ca.certPem, servername })
    assert.is((await ask(session)).body.toString(), 'ok', servername)
    await session.close()
  }
  for (const servername of ['a.b.wild.test', 'wild.test', 'other.test']) {
    const session = connect(origin, { ca: ca.certPem, servername })
    assert.is((await failureOf(ask(session))).code, 'ERR_TLS_CERT_ALTNAME_INVALID', servername)
  }
  await server.close()
})

test('a server asks for a certificate of the client, and judges it', async () => {
  const ca = await createTestCa()
  const other = await createTestCa({ subject: 'CN=Other Root' })
  const good = await ca.issue({ hosts: ['client'] })
  const foreign = await other.issue({ hosts: ['client'] })
  const authorized: boolean[] = []
  const { server, origin } = await startServer(
    (request, response) => {
      authorized.push(request.socket.authorized)
      response.end(String(request.socket.getPeerCertificate().raw?.length ?? 0))
    },
    { requestCert: true, ca: ca.certPem },
  )
  const session = connect(origin, { ca: ca.certPem, cert: good.certPem, key: good.keyPem })
  assert.is((await ask(session)).body.toString(), String(good.der.length))
  await session.close()
  for (const options of [{}, { cert: foreign.certPem, key: foreign.keyPem }]) {
    const refused = connect(origin, { ca: ca.certPem, ...options })
    assert.is((await failureOf(ask(refused))).code, 'ERR_QUIC_TLS_ALERT')
  }
  assert.equal(authorized, [true])
  await server.close()
})

test('with rejectUnauthorized false every client comes in, and is known for what it is', async () => {
  const ca = await createTestCa()
  const other = await createTestCa({ subject: 'CN=Other Root' })
  const foreign = await other.issue({ hosts: ['client'] })
  const { server, origin } = await startServer(
    (request, response) => response.end(`${request.socket.authorized}`),
    { requestCert: true, rejectUnauthorized: false, ca: ca.certPem },
  )
  for (const options of [{}, { cert: foreign.certPem, key: foreign.keyPem }]) {
    const session = connect(origin, { ca: ca.certPem, ...options })
    assert.is((await ask(session)).body.toString(), 'false')
    await session.close()
  }
  await server.close()
})

test('both ends write the same key log', async () => {
  const lines: { client: string[]; server: string[] } = { client: [], server: [] }
  const { server, origin, ca } = await startServer((_request, response) => response.end(), {
    keylog: true,
  })
  server.on('keylog', (line) => lines.server.push(line.toString()))
  const session = connect(origin, { ca })
  session.on('keylog', (line) => lines.client.push(line.toString()))
  await ask(session)
  await session.close()
  await server.close()
  assert.equal(lines.client.sort(), lines.server.sort())
  assert.ok(lines.client.length >= 4)
  for (const line of lines.client) assert.match(line, /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}\n$/)
})

test.run()
