import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate, readSubject } from '../../../src/tls13/certificates/certificate.ts'
import { CertificateError } from '../../../src/tls13/certificates/certificate-error.ts'
import { createTestCa, der, type KeyType, takeApart } from '../../support/certificates.ts'

const test = suite('certificate')

const isMalformed = (error: unknown) =>
  error instanceof CertificateError && error.code === 'CERT_MALFORMED' && error.alert === 42

/** Compares with what node:crypto reads from the same bytes. */
function compare(bytes: Uint8Array): void {
  const ours = Certificate.parse(bytes)
  const nodes = new X509Certificate(bytes)
  const key = nodes.publicKey
  const label = ours.subjectText
  assert.is(ours.notBefore, Date.parse(nodes.validFrom), label)
  assert.is(ours.notAfter, Date.parse(nodes.validTo), label)
  assert.is(ours.basicConstraints?.ca ?? false, nodes.ca, label)
  assert.ok(key.export({ format: 'der', type: 'spki' }).equals(ours.spki), label)
  assert.is(ours.keyKind.replace(/-.*/, ''), key.asymmetricKeyType, label)
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) assert.is(ours.keyBits, modulusLength, label)
  const curves = { prime256v1: 'ec-p256', secp384r1: 'ec-p384', secp521r1: 'ec-p521' }
  if (namedCurve !== undefined)
    assert.is(ours.keyKind, curves[namedCurve as keyof typeof curves], label)
  const serial = Buffer.from(ours.serialNumber).toString('hex').replace(/^0+/, '')
  assert.is(serial.toUpperCase(), nodes.serialNumber.replace(/^0+/, ''), label)
  const common = /^CN=(.*)$/m.exec(nodes.subject)?.[1]
  if (common !== undefined && !/[+",\\]/.test(common)) assert.match(label, `CN=${common}`)
  const names = (nodes.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:'))
  assert.equal(
    ours.dnsNames,
    names.map((name) => name.slice(4)),
  )
}

test('the roots that Node ships are read as node:crypto reads them', () => {
  for (const pem of rootCertificates) compare(new Uint8Array(new X509Certificate(pem).raw))
})

for (const key of ['p256', 'p384', 'ed25519', 'rsa2048'] as KeyType[])
  test(`a certificate with a key of ${key} is read as node:crypto reads it`, async () => {
    const ca = await createTestCa({ key })
    const leaf = await ca.issue({ key, hosts: ['a.example', '*.b.example', '192.0.2.1'] })
    compare(ca.der)
    compare(leaf.der)
    const certificate = Certificate.parse(leaf.der)
    assert.is(certificate.selfIssued, false)
    assert.is(certificate.version, 3)
    assert.equal(certificate.issuer, Certificate.parse(ca.der).subject)
    assert.equal(readSubject(leaf.der), certificate.subject)
    assert.is(certificate.issuerText, 'CN=Test Root')
    assert.is(certificate.keyUsage, 1)
    assert.is(certificate.extendedKeyUsage?.length, 2)
  })

const ca = await createTestCa()
const leaf = await ca.issue()

test('bytes behind the certificate, and a certificate that is cut, are refused', () => {
  assert.throws(() => Certificate.parse(Uint8Array.from([...leaf.der, 0])), isMalformed)
  for (let length = 0; length < leaf.der.length; length++)
    assert.throws(() => Certificate.parse(leaf.der.subarray(0, length)), isMalformed, `${length}`)
})

const { tbs, assemble } = takeApart(leaf.der)

test('extensions in a certificate of version 1, and an unknown version, are refused', () => {
  assert.ok(Certificate.parse(assemble(tbs)))
  assert.throws(() => Certificate.parse(assemble(tbs.slice(1))), isMalformed)
  assert.is(Certificate.parse(assemble(tbs.slice(1, -1))).version, 1)
  const version4 = [der(0xa0, der(2, [3])), ...tbs.slice(1)]
  assert.throws(() => Certificate.parse(assemble(version4)), isMalformed)
})

test('two signature algorithms that differ are refused', () => {
  const ed25519 = der(0x30, der(6, [0x2b, 0x65, 0x70]))
  const fields = tbs.map((field, index) => (index === 2 ? ed25519 : field))
  assert.throws(() => Certificate.parse(assemble(fields)), /signature algorithms differ/)
})

test('whatever bytes change, there is a certificate or a CertificateError', () => {
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  let refused = 0
  for (let round = 0; round < 4000; round++) {
    const bytes = leaf.der.slice()
    for (let count = random(3); count >= 0; count--) bytes[random(bytes.length)] = random(256)
    try {
      const certificate = Certificate.parse(bytes)
      assert.type(certificate.subjectText + certificate.issuerText, 'string')
    } catch (error) {
      assert.instance(error, CertificateError)
      refused++
    }
  }
  assert.ok(refused > 1000)
})

test.run()
