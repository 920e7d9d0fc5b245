import { X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readPemCertificates } from '../../../src/tls13/certificates/pem.ts'
import { createTestCa } from '../../support/certificates.ts'

const test = suite('pem')

const ca = await createTestCa()
const leaf = await ca.issue()
const hex = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('hex'))
const nodeHex = (pem: string) => new X509Certificate(pem).raw.toString('hex')

test('a bundle gives its certificates in order, whatever stands between them', () => {
  const bundle = `# the server\n${leaf.certPem}\nsubject=CN = Test\n${ca.certPem.replace(/\n/g, '\r\n')}`
  assert.equal(hex(readPemCertificates(bundle)), [nodeHex(leaf.certPem), nodeHex(ca.certPem)])
  assert.equal(hex(readPemCertificates(Buffer.from(bundle))), hex(readPemCertificates(bundle)))
})

test('a private key in the same file is passed over', () => {
  assert.equal(hex(readPemCertificates(leaf.keyPem + leaf.certPem)), [nodeHex(leaf.certPem)])
})

test('the bytes of one certificate in DER are taken as they are, and copied', () => {
  const [der] = readPemCertificates(leaf.der)
  assert.equal(hex([der!]), hex([leaf.der]))
  assert.is.not(der!.buffer, leaf.der.buffer)
})

const refuses = (input: string | Uint8Array, message: RegExp) =>
  assert.throws(
    () => readPemCertificates(input),
    (error: TypeError & { code: string }) =>
      error instanceof TypeError &&
      error.code === 'ERR_INVALID_ARG_VALUE' &&
      message.test(error.message),
  )

test('input without a certificate is refused', () => {
  refuses('', /No certificate/)
  refuses(leaf.keyPem, /No certificate/)
  refuses(leaf.certPem.replace('END CERTIFICATE', 'END CERT'), /No certificate/)
  refuses(Uint8Array.of(1, 2, 3), /No certificate/)
})

test('a block that is not base64 is refused, with its place', () => {
  const broken = leaf.certPem.replace('MII', 'M*I')
  refuses(ca.certPem + broken, /Certificate 2 .*not base64/)
  refuses('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', /Certificate 1/)
})

test.run()
