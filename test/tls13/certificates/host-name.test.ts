import { X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate } from '../../../src/tls13/certificates/certificate.ts'
import { CertificateError } from '../../../src/tls13/certificates/certificate-error.ts'
import {
  checkServerName,
  matchesDnsName,
  parseServerName,
} from '../../../src/tls13/certificates/host-name.ts'
import { createSelfSigned, der } from '../../support/certificates.ts'

const test = suite('host-name')

test('a wildcard stands for exactly one whole label, the left-most', () => {
  const rows: readonly [string, string, boolean][] = [
    ['example.com', 'example.com', true],
    ['EXAMPLE.com', 'example.com', true],
    ['example.com', 'www.example.com', false],
    ['*.example.com', 'www.example.com', true],
    ['*.example.com', 'xn--bcher-kva.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'a.b.example.com', false],
    ['*.example.com', '.example.com', false],
    ['w*.example.com', 'www.example.com', false],
    ['www.*.com', 'www.example.com', false],
    ['*.*.com', 'www.example.com', false],
    ['*.com', 'example.com', false],
    ['*', 'localhost', false],
    ['*.', 'a.', false],
    ['*example.com', 'aexample.com', false],
    ['example.com.', 'example.com', false],
    ['localhost', 'localhost', true],
  ]
  for (const [presented, name, expected] of rows)
    assert.is(matchesDnsName(presented, name), expected, `${presented} for ${name}`)
})

test('a server is named by a host name or an address', () => {
  assert.equal(parseServerName('WWW.Example.com.'), { kind: 'name', name: 'www.example.com' })
  assert.equal(parseServerName('_x.a-b.example'), { kind: 'name', name: '_x.a-b.example' })
  const v4 = { kind: 'address', address: Uint8Array.of(127, 0, 0, 1) }
  assert.equal(parseServerName('127.0.0.1'), v4)
  const v6 = { kind: 'address', address: Uint8Array.from([...new Array(15).fill(0), 1]) }
  for (const text of ['::1', '[::1]', '::1%eth0', '[::1%25eth0]'])
    assert.equal(parseServerName(text), v6, text)
})

test('what is neither is refused', () => {
  const names = ['', '.', 'a..b', '-a.example', 'a b', 'bücher.example', '127.1', '1.2.3.256']
  for (const text of [...names, '0x7f.0x1', 'a'.repeat(64), `${'a.'.repeat(127)}aa`, '*.example'])
    assert.throws(
      () => parseServerName(text),
      (error: TypeError & { code: string }) => error.code === 'ERR_INVALID_ARG_VALUE',
      text,
    )
})

const HOSTS = ['example.com', '*.wild.example', 'UPPER.example', '192.0.2.7', '2001:db8::7']
const certificate = await createSelfSigned({ hosts: HOSTS, subject: 'CN=common.example' })
const covers = (bytes: Uint8Array, name: string) => {
  try {
    checkServerName(Certificate.parse(bytes), parseServerName(name))
    return true
  } catch (error) {
    assert.instance(error, CertificateError)
    return false
  }
}

test('a certificate covers the same names and addresses as for node:crypto', () => {
  const other = new X509Certificate(certificate.certPem)
  const names = ['example.com', 'EXAMPLE.COM', 'www.example.com', 'a.wild.example', 'wild.example']
  for (const name of [...names, 'a.b.wild.example', 'upper.example', 'common.example'])
    assert.is(
      covers(certificate.der, name),
      other.checkHost(name, { subject: 'never' }) !== undefined,
      name,
    )
  for (const address of ['192.0.2.7', '192.0.2.8', '2001:db8::7', '2001:DB8:0::7', '::'])
    assert.is(covers(certificate.der, address), other.checkIP(address) !== undefined, address)
})

test('an address counts among the addresses only, and no name but the alternative ones', async () => {
  const names = der(0x30, der(0x82, '127.0.0.1'), der(0x82, 'a.example'))
  const trap = await createSelfSigned({
    hosts: [],
    subject: 'CN=127.0.0.1',
    extensions: [{ id: '2.5.29.17', critical: false, value: names }],
  })
  assert.is(covers(trap.der, '127.0.0.1'), false)
  assert.is(covers(trap.der, 'a.example'), true)
})

const messageFor = async (hosts: readonly string[], name: string) => {
  const issued = await createSelfSigned({ hosts, subject: 'CN=common.example' })
  try {
    checkServerName(Certificate.parse(issued.der), parseServerName(name))
  } catch (error) {
    assert.instance(error, CertificateError)
    assert.is((error as CertificateError).code, 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.is((error as CertificateError).alert, 42)
    return (error as CertificateError).message
  }
  return 'no error'
}

test('the error names the host that was asked for and those of the certificate', async () => {
  assert.is(
    await messageFor(['a.example', '::1'], 'b.example'),
    'The certificate is not for b.example, but for a.example, IP address ::1',
  )
  assert.match(
    await messageFor([], '::1'),
    /not for IP address ::1, and has no .*CN=common.example/,
  )
  const many = Array.from({ length: 10 }, (_, index) => `h${index}.example`)
  assert.match(await messageFor(many, 'a.example'), /h7\.example and 2 more$/)
})

test.run()
