import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate } from '../../../src/tls13/certificates/certificate.ts'
import { TrustStore } from '../../../src/tls13/certificates/trust-store.ts'
import { createTestCa } from '../../support/certificates.ts'

const test = suite('trust-store')

const root = await createTestCa()
const twin = await createTestCa({ key: 'p384' })
const authority = await root.issueCa()

test('certificates are found by their subject, all that have it', () => {
  const store = TrustStore.fromPem([root.certPem + twin.certPem, authority.der])
  const { subject } = Certificate.parse(root.der)
  assert.equal(
    store.findBySubject(subject).map((certificate) => certificate.der),
    [root.der, twin.der],
  )
  assert.is(store.findBySubject(Certificate.parse(authority.der).subject).length, 1)
  assert.equal(store.findBySubject(Certificate.parse(authority.der).spki), [])
})

test('a certificate that is given twice is kept once', () => {
  const store = TrustStore.fromPem([root.certPem, root.der, root.certPem + root.certPem])
  assert.is(store.findBySubject(Certificate.parse(root.der).subject).length, 1)
})

test('what is self-issued is an anchor, another certificate is none', () => {
  const store = TrustStore.fromPem([root.certPem, authority.certPem])
  assert.is(store.isAnchor(Certificate.parse(root.der)), true)
  assert.is(store.isAnchor(Certificate.parse(authority.der)), false)
  assert.is(store.isAnchor(Certificate.parse(twin.der)), false)
})

test('all roots that Node ships are read, and found by name', () => {
  const store = TrustStore.fromPem(rootCertificates)
  for (const pem of rootCertificates) {
    const certificate = Certificate.parse(new Uint8Array(new X509Certificate(pem).raw))
    assert.ok(store.isAnchor(certificate), certificate.subjectText)
  }
})

test('what is no certificate is refused when the store is made', () => {
  const isArgumentError = (error: TypeError & { code: string }) =>
    error instanceof TypeError && error.code === 'ERR_INVALID_ARG_VALUE'
  assert.throws(() => TrustStore.fromPem(['nothing']), isArgumentError)
  assert.throws(() => TrustStore.fromPem([root.der.slice(0, 40)]), isArgumentError)
})

test('a certificate that is broken behind its subject is not trusted', () => {
  const broken = root.der.slice()
  const { signature, subject } = Certificate.parse(root.der)
  const tagAt = broken.length - signature.length - 3
  assert.is(broken[tagAt], 0x03)
  broken[tagAt] = 0x04
  const store = TrustStore.fromPem([broken])
  assert.equal(store.findBySubject(subject), [])
})

test.run()
