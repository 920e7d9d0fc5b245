import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClientOptions, connect, createSecureServer } from '../../src/index.ts'
import { createTestCa, type TestCertificate } from '../support/certificates.ts'
import { ask, failureOf, startServer } from '../support/http3.ts'

const test = suite('api/client-tls')

async function codeAgainst(
  certificate: TestCertificate,
  options: ClientOptions,
  host = 'localhost',
): Promise<string | undefined> {
  const server = createSecureServer(
    { cert: certificate.certPem, key: certificate.keyPem },
    (_request, response) => response.end(),
  )
  await server.listen({ port: 0 })
  const session = connect(`https://${host}:${server.address()?.port}`, options)
  session.on('error', () => {})
  try {
    await ask(session)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  } finally {
    session.destroy()
    await server.close()
  }
}

const DAY = 86_400_000

test('a good certificate is accepted, by name and by address', async () => {
  const ca = await createTestCa()
  const certificate = await ca.issue()
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    assert.is(await codeAgainst(certificate, { ca: ca.certPem }, host), undefined, host)
  }
})

test('bad certificates are refused with the codes of node:tls', async () => {
  const ca = await createTestCa()
  const other = await createTestCa({ subject: 'CN=Other Root' })
  const now = Date.now()
  const expired = await ca.issue({
    notBefore: new Date(now - 9 * DAY),
    notAfter: new Date(now - DAY),
  })
  const future = await ca.issue({
    notBefore: new Date(now + DAY),
    notAfter: new Date(now + 9 * DAY),
  })
  const wrongHost = await ca.issue({ hosts: ['example.test'] })
  const good = await ca.issue()
  const trust = { ca: ca.certPem }
  assert.is(await codeAgainst(expired, trust), 'CERT_HAS_EXPIRED')
  assert.is(await codeAgainst(future, trust), 'CERT_NOT_YET_VALID')
  assert.is(await codeAgainst(wrongHost, trust), 'ERR_TLS_CERT_ALTNAME_INVALID')
  assert.match(
    (await codeAgainst(good, { ca: other.certPem })) ?? '',
    /^UNABLE_TO_(GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)$/,
  )
})

test('without ca the roots of Node decide: a private authority is unknown', async () => {
  const certificate = await (await createTestCa()).issue()
  assert.match(
    (await codeAgainst(certificate, {})) ?? '',
    /^UNABLE_TO_(GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)$/,
  )
})

test('a self-signed certificate is refused, unless it is the one to trust', async () => {
  const { createDevCertificate } = await import('../../src/index.ts')
  const { key, cert } = await createDevCertificate()
  const certificate = { keyPem: key, certPem: cert } as TestCertificate
  assert.is(await codeAgainst(certificate, {}), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  assert.is(await codeAgainst(certificate, { ca: cert }), undefined)
})

test('rejectUnauthorized false accepts, and tells why it should not', async () => {
  const { server, origin } = await startServer((_request, response) => response.end('in'))
  const session = connect(origin, { rejectUnauthorized: false })
  assert.is((await ask(session)).body.toString(), 'in')
  assert.not.ok(session.authorized)
  assert.instance(session.authorizationError, Error)
  await session.close()
  await server.close()
})

test('an error has the wire code and the cause', async () => {
  const { server, origin } = await startServer((_request, response) => response.end())
  const session = connect(origin)
  const error = await failureOf(ask(session))
  assert.is((error as { errorCode?: bigint }).errorCode, 0x130n)
  assert.instance(error.cause, Error)
  await server.close()
})

test('a certificate without its key is refused at once', async () => {
  const ca = await createTestCa()
  assert.throws(() => connect('https://localhost', { cert: ca.certPem }), /both `key` and `cert`/)
})

test.run()
