/** A40, A50, A52, A53, A56 from the other side: what a server can do to our client. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClientSession, connect } from '../../src/index.ts'
import { loadIdentity, nodeCrypto } from '../../src/tls13/index.ts'
import { data, fields, frame, headers, response, varint } from '../h3/harness.ts'
import { createTestCa } from '../support/certificates.ts'
import { type HostileConnection, HostileEndpoint } from '../support/hostile.ts'
import { ask, failureOf } from '../support/http3.ts'

const test = suite('attacks/hostile server')
const ca = await createTestCa()
const { certPem, keyPem } = await ca.issue()
const identity = loadIdentity(nodeCrypto, { cert: certPem, key: keyPem })
const NOTHING = new Uint8Array(0)

const settings = (...pairs: number[]): Uint8Array =>
  Uint8Array.of(0, ...frame(4, Uint8Array.of(...pairs.flatMap((n) => [...varint(n)]))))

/** Connects a client of ours to a server that `serve` speaks for as soon as a request has come. */
async function against(
  serve: (server: HostileConnection, requestId: number) => void,
  action: (session: ClientSession) => Promise<void>,
): Promise<void> {
  const endpoint = await HostileEndpoint.bind()
  endpoint.listen(identity)
  const session = connect(`https://127.0.0.1:${endpoint.port}`, { ca: ca.certPem })
  session.on('error', () => {})
  const served = new Set<string>()
  endpoint.onTurn = () => {
    for (const server of endpoint.accepted) {
      if (server.has('handshakeComplete') && !served.has('settings')) {
        served.add('settings')
        server.write(server.connection.openStream('uni')!, settings())
      }
      for (const event of server.events.splice(0)) {
        if (event.type === 'streamOpened' && (event.id & 3) === 0) serve(server, event.id)
      }
    }
  }
  try {
    await action(session)
  } finally {
    session.destroy()
    await endpoint.close()
  }
}

/** The code that a request fails with. */
async function codeAgainst(answer: Uint8Array, fin = true): Promise<string | undefined> {
  let code: string | undefined
  await against(
    (server, id) => server.write(id, answer, fin),
    async (session) => {
      code = (await failureOf(ask(session))).code
    },
  )
  return code
}

test('pushes that nobody asked for end the connection', async () => {
  const promise = frame(5, Uint8Array.of(0, ...headers(response())))
  assert.is(await codeAgainst(promise), 'ERR_QUIC_APPLICATION_ERROR')
  await against(
    (server) => {
      server.write(server.connection.openStream('uni')!, Uint8Array.of(1, 0))
    },
    async (session) => {
      assert.match((await failureOf(ask(session))).message, /H3_ID_ERROR/)
    },
  )
})

test('a response that blows up to megabytes of fields is given up', async () => {
  const value = 'x'.repeat(1000)
  const bomb = headers([...response(), ...Array(100).fill({ name: 'a', value })])
  assert.is(await codeAgainst(bomb, false), 'ERR_HTTP3_EXCESSIVE_LOAD')
  const many = headers([...response(), ...Array(600).fill({ name: 'a', value: '' })])
  assert.is(await codeAgainst(many, false), 'ERR_HTTP3_EXCESSIVE_LOAD')
})

test('a response whose length is not what it says fails', async () => {
  const head = (length: string) => headers(response(200, `content-length: ${length}`))
  for (const [length, body] of [
    ['5', ''],
    ['5', 'four'],
    ['5', 'sixsix'],
    ['+5', 'fives'],
    ['0x5', 'fives'],
    ['5, 5', 'fives'],
    ['5 ', 'fives'],
    ['-5', 'fives'],
    ['18446744073709551621', 'fives'],
  ] as const) {
    const code = await codeAgainst(
      Uint8Array.of(...head(length), ...(body === '' ? NOTHING : data(body))),
    )
    assert.is(code, 'ERR_HTTP3_MESSAGE_ERROR', `content-length: ${length}, body ${body}`)
  }
  const differing = headers(response(200, 'content-length: 5', 'content-length: 6'))
  const code = await codeAgainst(Uint8Array.of(...differing, ...data('fives')))
  assert.is(code, 'ERR_HTTP3_MESSAGE_ERROR')
})

test('names of object members are no more than names of fields', () =>
  against(
    (server, id) => {
      const list = fields(
        ':status: 200',
        '__proto__: a',
        'constructor: b',
        'hasownproperty: c',
        'tostring: d',
        'valueof: e',
      )
      server.write(id, headers(list))
      server.write(id, data('body'))
      server.write(id, headers(fields('__proto__: t', 'constructor: u')), true)
    },
    async (session) => {
      const answer = await ask(session)
      const entries = Object.entries(answer.headers)
      assert.equal(entries.slice(0, 3), [
        [':status', 200],
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ])
      assert.equal(Object.entries(answer.trailers), [
        ['__proto__', 't'],
        ['constructor', 'u'],
      ])
      assert.is(({} as { a?: unknown }).a, undefined)
      assert.is(Object.getPrototypeOf(answer.headers), null)
    },
  ))

test('streams and frames of unknown kinds are passed over, however long they say they are', () =>
  against(
    (server, id) => {
      // Nothing is kept of it, though it is announced as 2^62 - 1 bytes long.
      const endless = Uint8Array.of(...varint(0x21), 0xff, ...new Uint8Array(7).fill(0xff))
      const stream = server.connection.openStream('uni')!
      server.write(stream, varint(0x21))
      for (let i = 0; i < 100; i++) server.write(stream, new Uint8Array(1000))
      const unknown = frame(0x1f * 7 + 0x21, new Uint8Array(5000))
      server.write(id, Uint8Array.of(...unknown, ...headers(response()), ...unknown, ...data('ok')))
      server.write(id, NOTHING, true)
      const control = server.connection.openStream('uni')!
      server.write(control, Uint8Array.of(...varint(0x40), ...endless))
    },
    async (session) => {
      assert.is((await ask(session)).body.toString(), 'ok')
    },
  ))

test('interim responses without end are too much', async () => {
  const interim = headers(response(103, 'link: </style.css>; rel=preload'))
  await against(
    (server, id) => {
      for (let i = 0; i < 5000; i++) server.write(id, interim)
    },
    async (session) => {
      assert.match((await failureOf(ask(session))).message, /H3_EXCESSIVE_LOAD/)
    },
  )
})

test('a server that takes the last word on a protocol we did not offer is refused', async () => {
  const endpoint = await HostileEndpoint.bind()
  endpoint.listen(identity, { alpn: ['hq-interop'] })
  const session = connect(`https://127.0.0.1:${endpoint.port}`, { ca: ca.certPem })
  const failure = await failureOf(ask(session))
  assert.match(failure.message, /no_application_protocol/)
  assert.is((failure as { errorCode?: bigint }).errorCode, 0x178n)
  await endpoint.close()
})

test.run()
