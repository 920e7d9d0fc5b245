import { createPrivateKey } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadIdentity } from '../../../src/tls13/certificates/identity.ts'
import { nodeCrypto } from '../../../src/tls13/crypto/node/provider.ts'
import { createTestCa, type KeyType } from '../../support/certificates.ts'

const test = suite('identity')

const ca = await createTestCa()
const authority = await ca.issueCa()

const codeIs = (code: string, message: RegExp) => (error: TypeError & { code: string }) =>
  error instanceof TypeError && error.code === code && message.test(error.message)

const KINDS: readonly [KeyType, string][] = [
  ['p256', 'ec-p256'],
  ['p384', 'ec-p384'],
  ['ed25519', 'ed25519'],
  ['rsa2048', 'rsa'],
]

for (const [key, kind] of KINDS)
  test(`a ${kind} key and its chain make an identity`, async () => {
    const leaf = await authority.issue({ key })
    const identity = loadIdentity(nodeCrypto, { cert: leaf.chainPem, key: leaf.keyPem })
    assert.is(identity.key.kind, kind)
    assert.equal(identity.chain, [leaf.der, authority.der])
  })

test('a certificate and a key in DER, or in several parts, make an identity', async () => {
  const leaf = await ca.issue()
  const key = createPrivateKey(leaf.keyPem).export({ format: 'der', type: 'pkcs8' })
  assert.equal(loadIdentity(nodeCrypto, { cert: leaf.der, key }).chain, [leaf.der])
  const parts = [leaf.der, ca.certPem]
  assert.equal(loadIdentity(nodeCrypto, { cert: parts, key }).chain, [leaf.der, ca.der])
})

test('a key that is not the one of the certificate is refused', async () => {
  const [leaf, other, rsa] = [
    await ca.issue(),
    await ca.issue(),
    await ca.issue({ key: 'rsa2048' }),
  ]
  for (const { keyPem } of [other, rsa])
    assert.throws(
      () => loadIdentity(nodeCrypto, { cert: leaf.certPem, key: keyPem }),
      codeIs('ERR_QUIC_CERT_KEY_MISMATCH', /CN=localhost .*made together/),
    )
})

test('a chain in the wrong order is refused with the advice to turn it', async () => {
  const leaf = await ca.issue()
  assert.throws(
    () => loadIdentity(nodeCrypto, { cert: ca.certPem + leaf.certPem, key: leaf.keyPem }),
    codeIs('ERR_QUIC_CERT_KEY_MISMATCH', /belongs to certificate 2 .*first/),
  )
})

test('a certificate that cannot be read, and an empty list, are refused', async () => {
  const leaf = await ca.issue()
  const cert = leaf.der.slice()
  cert[cert.length - 1] = 0
  cert[1] = 0x80
  assert.throws(
    () => loadIdentity(nodeCrypto, { cert, key: leaf.keyPem }),
    codeIs('ERR_INVALID_ARG_VALUE', /Certificate 1 .*malformed/),
  )
  assert.throws(
    () => loadIdentity(nodeCrypto, { cert: [], key: leaf.keyPem }),
    codeIs('ERR_INVALID_ARG_VALUE', /no certificate/),
  )
})

test.run()
