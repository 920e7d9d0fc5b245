import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Certificate,
  CertificateError,
  createClientVerifier,
  createServerVerifier,
  TrustStore,
} from '../../../src/tls13/certificates/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { createTestCa, PURPOSE, type TestCertificate } from '../../support/certificates.ts'
import { PROVIDERS } from '../providers.ts'

const test = suite('verifier')

const root = await createTestCa()
const server = await root.issue({ hosts: ['a.example', '192.0.2.1'], purposes: [PURPOSE.server] })
const client = await root.issue({ hosts: [], subject: 'CN=alice', purposes: [PURPOSE.client] })
const trust = TrustStore.fromPem([root.certPem])
const unixTime = () => Date.now()
const certificates = (...list: TestCertificate[]) => list.map(({ der }) => Certificate.parse(der))
const hasCode = (code: string) => (error: unknown) =>
  error instanceof CertificateError && error.code === code

test('a server is trusted for its own names, by either provider', () => {
  for (const crypto of PROVIDERS)
    for (const serverName of ['a.example', 'A.EXAMPLE.', '192.0.2.1'])
      createServerVerifier({ crypto, trust, serverName, unixTime })(certificates(server, root))
})

test('a server is not trusted for another name', () => {
  for (const serverName of ['b.example', '192.0.2.2', '::1']) {
    const verify = createServerVerifier({ crypto: nodeCrypto, trust, serverName, unixTime })
    assert.throws(() => verify(certificates(server)), hasCode('ERR_TLS_CERT_ALTNAME_INVALID'))
  }
})

test('the path is judged before the name', () => {
  const options = { crypto: nodeCrypto, trust: TrustStore.fromPem([]), unixTime }
  const verify = createServerVerifier({ ...options, serverName: 'b.example' })
  assert.throws(() => verify(certificates(server)), hasCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
})

test('a client needs the purpose of one, and no name', () => {
  const verify = createClientVerifier({ crypto: nodeCrypto, trust, unixTime })
  verify(certificates(client))
  assert.throws(() => verify(certificates(server)), hasCode('INVALID_PURPOSE'))
  const asServer = createServerVerifier({ crypto: nodeCrypto, trust, serverName: 'a.b', unixTime })
  assert.throws(() => asServer(certificates(client)), hasCode('INVALID_PURPOSE'))
})

test('the time of day is asked for at every verification', () => {
  let now = Date.now()
  const verify = createClientVerifier({ crypto: nodeCrypto, trust, unixTime: () => now })
  verify(certificates(client))
  now += 365 * 86_400_000
  assert.throws(() => verify(certificates(client)), hasCode('CERT_HAS_EXPIRED'))
})

test('a server name that is none is refused before there is a server', () => {
  assert.throws(
    () => createServerVerifier({ crypto: nodeCrypto, trust, serverName: 'a b', unixTime }),
    (error: TypeError & { code: string }) => error.code === 'ERR_INVALID_ARG_VALUE',
  )
})

test.run()
