import { createPrivateKey, X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDevCertificate } from '../../src/certs/index.ts'
import {
  Certificate,
  createServerVerifier,
  loadIdentity,
  nodeCrypto,
  TrustStore,
} from '../../src/tls13/index.ts'

const test = suite('dev-certificate')

const DAY = 86_400_000
const made = await createDevCertificate()
const nodes = new X509Certificate(made.cert)

test('key and certificate belong together, on P-256', () => {
  assert.ok(nodes.checkPrivateKey(createPrivateKey(made.key)))
  assert.is(nodes.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.match(made.key, /^-----BEGIN PRIVATE KEY-----\n/)
  assert.ok(nodes.verify(nodes.publicKey))
})

test('it is for localhost and both loopback addresses, and no authority', () => {
  assert.ok(nodes.checkHost('localhost'))
  assert.ok(nodes.checkIP('127.0.0.1'))
  assert.ok(nodes.checkIP('::1'))
  assert.is(nodes.ca, false)
})

test('a client that has it as its `ca` trusts the server that has it', () => {
  const identity = loadIdentity(nodeCrypto, made)
  const trust = TrustStore.fromPem([made.cert])
  const options = { crypto: nodeCrypto, trust, unixTime: () => Date.now() }
  for (const serverName of ['localhost', '127.0.0.1', '::1'])
    createServerVerifier({ ...options, serverName })(identity.chain.map(Certificate.parse))
})

test('its life is as long as asked for, at most fourteen days', async () => {
  const now = new Date(Date.UTC(2030, 5, 1, 12, 0, 0, 999))
  const span = ({ cert }: { cert: string }) => {
    const { validFrom, validTo } = new X509Certificate(cert)
    return [Date.parse(validFrom), Date.parse(validTo)]
  }
  const [from13, to13] = span(await createDevCertificate({ now }))
  assert.ok(from13! <= now.getTime() && from13! > now.getTime() - DAY)
  assert.is(to13! - from13!, 13 * DAY)
  const [from14, to14] = span(await createDevCertificate({ days: 14, now }))
  assert.is(to14! - from14!, 14 * DAY)
})

test('other hosts: names of any script, wildcards and addresses', async () => {
  const hosts = ['bücher.example', '*.dev.example', '192.0.2.1']
  const { cert } = await createDevCertificate({ hosts })
  const certificate = new X509Certificate(cert)
  assert.ok(certificate.checkHost('xn--bcher-kva.example'))
  assert.ok(certificate.checkHost('a.dev.example'))
  assert.ok(certificate.checkIP('192.0.2.1'))
  assert.is(certificate.checkHost('localhost'), undefined)
})

test('options that make no certificate are refused', async () => {
  const rejects = async (options: object, kind: typeof TypeError | typeof RangeError) => {
    const error = await createDevCertificate(options).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.instance(error, kind, JSON.stringify(options))
  }
  for (const days of [0, -1, 15, Number.NaN]) await rejects({ days }, RangeError)
  for (const hosts of [[], [''], ['a b'], ['a/b']]) await rejects({ hosts }, TypeError)
})

test('two certificates have two keys and two serial numbers', async () => {
  const second = new X509Certificate((await createDevCertificate()).cert)
  assert.is.not(second.serialNumber, nodes.serialNumber)
  assert.is.not(second.publicKey.equals(nodes.publicKey), true)
})

test.run()
