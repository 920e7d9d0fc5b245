/** Servers that should not be trusted, as users of the command and of the API meet them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer, fetch } from '../../src/index.ts'
import { createSelfSigned, createTestCa, type TestCertificate } from '../support/certificates.ts'
import { runTsquic } from '../support/cli.ts'
import { ask, failureOf } from '../support/http3.ts'
import { Workspace } from '../support/workspace.ts'

const test = suite('e2e/certificates')
const workspace = new Workspace()
const DAY = 86_400_000
const ca = await createTestCa()
const otherCa = await createTestCa({ subject: 'CN=Another Root' })

interface Case {
  readonly what: string
  readonly certificate: TestCertificate
  /** PEM to trust. */
  readonly trusted: string
  readonly code: string
  readonly message: RegExp
}

const cases: Case[] = [
  {
    what: 'an expired certificate',
    certificate: await ca.issue({
      notBefore: new Date(Date.now() - 20 * DAY),
      notAfter: new Date(Date.now() - DAY),
    }),
    trusted: ca.certPem,
    code: 'CERT_HAS_EXPIRED',
    message: /expired/i,
  },
  {
    what: 'a certificate that is not valid yet',
    certificate: await ca.issue({ notBefore: new Date(Date.now() + DAY) }),
    trusted: ca.certPem,
    code: 'CERT_NOT_YET_VALID',
    message: /not (?:yet valid|valid yet|valid before)/i,
  },
  {
    what: 'a certificate for another host',
    certificate: await ca.issue({ hosts: ['example.test', '127.0.0.2'] }),
    trusted: ca.certPem,
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: /127\.0\.0\.1/,
  },
  {
    what: 'a self-signed certificate',
    certificate: await createSelfSigned(),
    trusted: ca.certPem,
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    message: /self.signed/i,
  },
  {
    what: 'a certificate of another authority',
    certificate: await otherCa.issue(),
    trusted: ca.certPem,
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    message: /issuer|authority|verif/i,
  },
  {
    what: 'a certificate for clients alone',
    certificate: await ca.issue({ purposes: ['1.3.6.1.5.5.7.3.2'] }),
    trusted: ca.certPem,
    code: 'INVALID_PURPOSE',
    message: /purpose|server/i,
  },
]

for (const { what, certificate, trusted, code, message } of cases) {
  test(`${what} is refused by the API, by fetch and by the command`, async () => {
    let requests = 0
    const server = createSecureServer(
      { cert: certificate.chainPem, key: certificate.keyPem },
      (_, response) => {
        requests++
        response.end('secret')
      },
    )
    await server.listen(0, '127.0.0.1')
    const origin = `https://127.0.0.1:${server.address()!.port}`
    try {
      const failure = await failureOf(ask(connect(origin, { ca: trusted })))
      assert.is(failure.code, code)
      assert.match(failure.message, message)

      const fetching = await failureOf(fetch(origin, { ca: trusted }))
      assert.instance(fetching, TypeError)
      assert.is((fetching.cause as { code?: string }).code, code)

      const path = join(workspace.path, 'trusted.pem')
      writeFileSync(path, trusted)
      const result = await runTsquic(['get', `${origin}/file`, '--ca', path])
      assert.is(result.code, 1, result.output)
      assert.match(result.output, message)
      assert.ok(result.output.includes(code), result.output)
      assert.not.match(result.output, /^\s+at /m, 'a stack trace is no message for users')
      assert.not.match(result.output, /secret/)
      assert.is(requests, 0)
    } finally {
      await server.close()
    }
  })
}

test('the command tells what it accepts when it is told to accept everything', async () => {
  const { certPem, keyPem } = await createSelfSigned()
  const server = createSecureServer({ cert: certPem, key: keyPem }, (_, response) =>
    response.end('here'),
  )
  await server.listen(0, '127.0.0.1')
  const url = `https://127.0.0.1:${server.address()!.port}/`
  const result = await runTsquic(['get', url, '--insecure', '-v'])
  await server.close()
  assert.is(result.code, 0, result.output)
  assert.match(result.output, /certificate NOT verified/)
  assert.match(result.output, /here/)
})

test.run()
