import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate } from '../../../src/tls13/certificates/certificate.ts'
import {
  checkAuthority,
  checkEndEntity,
} from '../../../src/tls13/certificates/certificate-checks.ts'
import { CertificateError } from '../../../src/tls13/certificates/certificate-error.ts'
import { Purpose } from '../../../src/tls13/certificates/extensions.ts'
import { MAX_RSA_BITS } from '../../../src/tls13/limits.ts'
import {
  createSelfSigned,
  createTestCa,
  der,
  type IssueOptions,
  KEY_USAGE,
  PURPOSE,
  takeApart,
} from '../../support/certificates.ts'

const test = suite('certificate-checks')

const NOW = Date.UTC(2030, 0, 15, 12)
const DATES = {
  notBefore: new Date(Date.UTC(2030, 0, 1)),
  notAfter: new Date(Date.UTC(2030, 1, 1)),
}
type Check = (certificate: Certificate) => void
const endEntity: Check = (certificate) => checkEndEntity(certificate, Purpose.serverAuth, NOW)
const client: Check = (certificate) => checkEndEntity(certificate, Purpose.clientAuth, NOW)
const authority: Check = (certificate) => checkAuthority(certificate, Purpose.serverAuth, NOW, 1)

async function refuses(
  check: Check,
  options: IssueOptions,
  code: string,
  alert: number,
  message?: RegExp,
): Promise<void> {
  const make = check === authority ? createTestCa : createSelfSigned
  const certificate = Certificate.parse((await make({ ...DATES, ...options })).der)
  assert.throws(
    () => check(certificate),
    (error: unknown) =>
      error instanceof CertificateError &&
      error.code === code &&
      error.alert === alert &&
      (message === undefined || message.test(error.message)),
    JSON.stringify(options),
  )
}

async function accepts(check: Check, options: IssueOptions): Promise<void> {
  const make = check === authority ? createTestCa : createSelfSigned
  check(Certificate.parse((await make({ ...DATES, ...options })).der))
}

test('a certificate without a defect is accepted', async () => {
  for (const key of ['p256', 'p384', 'ed25519', 'rsa2048'] as const) {
    await accepts(endEntity, { key })
    await accepts(client, { key })
    await accepts(authority, { key })
  }
})

test('dates: both ends belong to the time of validity, to the second', async () => {
  const message =
    /CN=localhost expired at 2030-01-15T11:59:59.000Z \(now: 2030-01-15T12:00:00.000Z\)/
  const [before, at, after] = [new Date(NOW - 1000), new Date(NOW), new Date(NOW + 1000)]
  await refuses(endEntity, { notAfter: before }, 'CERT_HAS_EXPIRED', 45, message)
  await accepts(endEntity, { notAfter: at })
  await accepts(endEntity, { notBefore: at })
  await refuses(endEntity, { notBefore: after }, 'CERT_NOT_YET_VALID', 45, /not valid before 2030/)
  await refuses(authority, { notAfter: before }, 'CERT_HAS_EXPIRED', 45)
})

test('purposes: the one that is needed, any, or no word about it', async () => {
  await refuses(
    endEntity,
    { purposes: [PURPOSE.client] },
    'INVALID_PURPOSE',
    43,
    /not for TLS servers/,
  )
  await refuses(
    client,
    { purposes: [PURPOSE.server] },
    'INVALID_PURPOSE',
    43,
    /not for TLS clients/,
  )
  await refuses(endEntity, { purposes: [PURPOSE.codeSigning] }, 'INVALID_PURPOSE', 43)
  await refuses(authority, { purposes: [PURPOSE.client] }, 'INVALID_PURPOSE', 43)
  await accepts(endEntity, { purposes: [PURPOSE.client, PURPOSE.server] })
  await accepts(endEntity, { purposes: [] })
  await accepts(client, { purposes: [PURPOSE.any] })
})

test('the key of an end entity must be allowed to sign', async () => {
  const { keyEncipherment, digitalSignature } = KEY_USAGE
  await refuses(endEntity, { keyUsage: keyEncipherment }, 'INVALID_PURPOSE', 43, /digitalSignature/)
  await accepts(endEntity, { keyUsage: keyEncipherment | digitalSignature })
  await accepts(endEntity, { keyUsage: undefined })
})

test('weak keys, and keys of kinds that are not supported, are refused', async () => {
  await refuses(endEntity, { key: 'rsa1024' }, 'EE_KEY_TOO_SMALL', 43, /1024 bits/)
  await refuses(authority, { key: 'rsa1024' }, 'CA_KEY_TOO_SMALL', 43)
  await refuses(endEntity, { key: 'p521' }, 'UNSUPPORTED_SIGNATURE_ALGORITHM', 43)
})

test('an unknown critical extension is refused, one that is not critical passed over', async () => {
  const extension = { id: '1.3.6.1.4.1.99999.1', value: Uint8Array.of(5, 0) }
  const critical = { extensions: [{ ...extension, critical: true }] }
  await refuses(
    endEntity,
    critical,
    'UNHANDLED_CRITICAL_EXTENSION',
    43,
    /1\.3\.6\.1\.4\.1\.99999\.1/,
  )
  await refuses(authority, critical, 'UNHANDLED_CRITICAL_EXTENSION', 43)
  await accepts(endEntity, { extensions: [{ ...extension, critical: false }] })
})

test('an authority is one that says so, and whose key may sign certificates', async () => {
  await refuses(authority, { ca: false }, 'INVALID_CA', 48)
  await refuses(authority, { ca: undefined }, 'INVALID_CA', 48)
  const { digitalSignature } = KEY_USAGE
  await refuses(authority, { keyUsage: digitalSignature }, 'KEYUSAGE_NO_CERTSIGN', 48)
  await accepts(authority, { keyUsage: undefined })
})

test('a root of version 1, which knows no extensions, is an authority', async () => {
  const { tbs, assemble } = takeApart((await createTestCa(DATES)).der)
  authority(Certificate.parse(assemble(tbs.slice(1, -1))))
  const other = takeApart((await (await createTestCa()).issueCa(DATES)).der)
  const issued = Certificate.parse(other.assemble(other.tbs.slice(1, -1)))
  assert.throws(() => authority(issued), /no certificate authority/)
})

test('an RSA key that is too long to work with is refused', async () => {
  const { tbs, assemble } = takeApart((await createSelfSigned(DATES)).der)
  const rsa = der(0x30, der(6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0xd, 1, 1, 1]), [5, 0])
  const withModulus = (bits: number) => {
    const modulus = der(2, [0, 0x80, ...new Uint8Array(bits / 8 - 1)])
    const key = der(0x30, rsa, der(3, [0], der(0x30, modulus, der(2, [1, 0, 1]))))
    return Certificate.parse(assemble(tbs.map((field, index) => (index === 6 ? key : field))))
  }
  endEntity(withModulus(MAX_RSA_BITS))
  assert.throws(
    () => endEntity(withModulus(MAX_RSA_BITS + 8)),
    (error: CertificateError) => error.code === 'UNSUPPORTED_SIGNATURE_ALGORITHM',
  )
})

test('a path length is the number of authorities below', async () => {
  await refuses(authority, { pathLength: 0 }, 'PATH_LENGTH_EXCEEDED', 48, /allows 0 .* not 1/)
  await accepts(authority, { pathLength: 1 })
})

test.run()
