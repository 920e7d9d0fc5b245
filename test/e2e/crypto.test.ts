/** The option `crypto`: either provider on either side, over real sockets. */
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Agent, connect, fetch, get } from '../../src/index.ts'
import { nobleCrypto } from '../../src/tls13/crypto/noble/index.ts'
import { createTestCa, type KeyType } from '../support/certificates.ts'
import { answerOf, ask, patternBytes, startServer, withServer } from '../support/http3.ts'
import { watchCrypto } from '../support/watched-crypto.ts'
import { withVfdServer } from '../vfd/server/support.ts'

const test = suite('e2e/crypto')
const body = patternBytes(100_000)

const EVERYTHING = [
  'createAead',
  'createHash',
  'createHeaderProtection',
  'generateKeyShare',
  'hmac',
  'loadPrivateKey',
  'verify',
]
/** A client has no key of its own to load. */
const ALL_OF_CLIENTS = EVERYTHING.filter((name) => name !== 'loadPrivateKey')

for (const key of ['p256', 'p384', 'ed25519', 'rsa2048'] as const satisfies readonly KeyType[]) {
  test(`a server of noble with a key ${key}, and a client of node`, async () => {
    const crypto = watchCrypto(nobleCrypto)
    const { certPem, keyPem } = await (await createTestCa()).issue({ key })
    await withServer(
      (_, response) => response.end(body),
      async (session) => assert.equal((await ask(session)).body, body),
      { server: { crypto, cert: certPem, key: keyPem } },
    )
    // `verify`, because the certificate is compared with the key.
    assert.equal([...crypto.used.keys()].sort(), EVERYTHING)
  })

  test(`a client of noble, and a server of node with a key ${key}`, async () => {
    const crypto = watchCrypto(nobleCrypto)
    const ca = await createTestCa({ key })
    const { chainPem, keyPem } = await ca.issue({ key })
    await withServer(
      (_, response) => response.end(body),
      async (session) => assert.equal((await ask(session)).body, body),
      { server: { cert: chainPem, key: keyPem }, client: { crypto, ca: ca.certPem } },
    )
    assert.equal([...crypto.used.keys()].sort(), ALL_OF_CLIENTS)
  })

  test(`both of noble, and a client with a certificate and a key ${key}`, async () => {
    const ca = await createTestCa({ key })
    const client = await ca.issue({ key, subject: 'CN=client' })
    const [ours, theirs] = [watchCrypto(nobleCrypto), watchCrypto(nobleCrypto)]
    await withServer(
      (request, response) => response.end(String(request.socket.authorized)),
      async (session) => assert.is((await ask(session)).body.toString(), 'true'),
      {
        server: { crypto: ours, requestCert: true, ca: ca.certPem },
        client: { crypto: theirs, cert: client.certPem, key: client.keyPem },
      },
    )
    for (const { used } of [ours, theirs]) assert.equal([...used.keys()].sort(), EVERYTHING)
  })
}

test('certificates that are set later, by name or for all, are loaded by the same provider', async () => {
  const crypto = watchCrypto(nobleCrypto)
  const ca = await createTestCa()
  const { certPem: cert, keyPem: key } = await ca.issue()
  let served = 0
  const { server } = await startServer(() => {}, {
    crypto,
    cert,
    key,
    SNICallback: (_, callback) => {
      served++
      callback(null, { cert, key })
    },
  })
  server.addContext('other.test', { cert, key })
  server.setSecureContext({ cert, key })
  assert.is(crypto.used.get('loadPrivateKey'), 3)
  const session = connect(`https://localhost:${server.address()!.port}`, { ca: ca.certPem })
  await once(session, 'connect')
  assert.is(served, 1)
  assert.is(crypto.used.get('loadPrivateKey'), 4)
  session.destroy()
  await server.close()
})

test('fetch, get and agents take the option; connections are not shared between providers', async () => {
  const { server, origin, ca } = await startServer((_, response) => response.end('here'))
  const agent = new Agent({ ca })
  const [one, two] = [watchCrypto(nobleCrypto), watchCrypto(nobleCrypto)]
  assert.is(await (await fetch(origin, { agent, crypto: one })).text(), 'here')
  assert.equal([...one.used.keys()].sort(), ALL_OF_CLIENTS)
  assert.is((await answerOf(get(origin, { agent, crypto: two }))).body.toString(), 'here')
  assert.equal([...two.used.keys()].sort(), ALL_OF_CLIENTS)
  const url = new URL(origin)
  const session = agent.session(url, { crypto: one })
  assert.is(agent.session(url, { crypto: one }), session)
  assert.is.not(agent.session(url, { crypto: two }), session)
  assert.is.not(agent.session(url), session)
  await agent.close()

  const third = watchCrypto(nobleCrypto)
  const ofNoble = new Agent({ ca, crypto: third })
  assert.is(await (await fetch(origin, { agent: ofNoble })).text(), 'here')
  assert.equal([...third.used.keys()].sort(), ALL_OF_CLIENTS)
  await ofNoble.close()
  await server.close()
})

test('the server of virtual fds takes the option', async () => {
  const crypto = watchCrypto(nobleCrypto)
  await withVfdServer(
    { crypto },
    async (running) => {
      const session = running.connect()
      assert.is((await ask(session)).body.toString(), 'here')
      session.destroy()
    },
    (server) => server.on('request', (_, response) => response.end('here')),
  )
  assert.equal([...crypto.used.keys()].sort(), EVERYTHING)
})

test.run()
