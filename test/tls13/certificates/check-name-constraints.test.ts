import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate } from '../../../src/tls13/certificates/certificate.ts'
import { CertificateError } from '../../../src/tls13/certificates/certificate-error.ts'
import { NameConstraintCheck } from '../../../src/tls13/certificates/check-name-constraints.ts'
import { MAX_NAME_COMPARISONS } from '../../../src/tls13/certificates/limits.ts'
import {
  createTestCa,
  der,
  type IssueOptions,
  nameConstraints,
  type TestSubtrees,
} from '../../support/certificates.ts'

const test = suite('check-name-constraints')

/** The code of the error that a certificate below such an authority gives; undefined: none. */
async function codeOf(
  permitted: TestSubtrees | undefined,
  excluded: TestSubtrees | undefined,
  options: IssueOptions,
): Promise<string | undefined> {
  const ca = await createTestCa({ extensions: [nameConstraints(permitted, excluded)] })
  const leaf = await ca.issue(options)
  try {
    new NameConstraintCheck().check([Certificate.parse(leaf.der), Certificate.parse(ca.der)])
    return undefined
  } catch (error) {
    assert.instance(error, CertificateError)
    return (error as CertificateError).code
  }
}
const permit = (permitted: TestSubtrees, ...hosts: string[]) =>
  codeOf(permitted, undefined, { hosts })
const exclude = (excluded: TestSubtrees, ...hosts: string[]) =>
  codeOf(undefined, excluded, { hosts })
const [PERMITTED, EXCLUDED, UNSUPPORTED] = [
  'PERMITTED_VIOLATION',
  'EXCLUDED_VIOLATION',
  'UNSUPPORTED_CONSTRAINT_TYPE',
]

test('a permitted host name holds for itself and all below it', async () => {
  const dns = { dns: ['example.com'] }
  assert.is(await permit(dns, 'example.com', 'a.b.example.com', 'A.EXAMPLE.COM'), undefined)
  assert.is(await permit(dns, '*.example.com'), undefined)
  assert.is(await permit(dns, 'badexample.com'), PERMITTED)
  assert.is(await permit(dns, 'example.com', 'other.test'), PERMITTED)
  assert.is(await permit({ dns: ['.example.com'] }, 'a.example.com'), undefined)
  assert.is(await permit({ dns: ['.example.com'] }, 'example.com'), PERMITTED)
  assert.is(await permit({ dns: ['x.test', 'y.test'] }, 'a.y.test'), undefined)
  assert.is(await permit({ dns: [''] }, 'a.y.test'), undefined)
})

test('a wildcard must lie within what is permitted, and not reach into what is excluded', async () => {
  assert.is(await permit({ dns: ['a.example.com'] }, '*.example.com'), PERMITTED)
  assert.is(await exclude({ dns: ['a.example.com'] }, '*.example.com'), EXCLUDED)
  assert.is(await exclude({ dns: ['b.a.example.com'] }, '*.example.com'), undefined)
  assert.is(await exclude({ dns: ['example.com'] }, '*.example.com'), EXCLUDED)
})

test('what is excluded is refused even if it is permitted', async () => {
  const hosts = ['a.example.com']
  const [permitted, excluded] = [{ dns: ['example.com'] }, { dns: ['A.example.com'] }]
  assert.is(await codeOf(permitted, excluded, { hosts }), EXCLUDED)
  assert.is(await codeOf(permitted, excluded, { hosts: ['b.example.com'] }), undefined)
})

test('one kind of names does not constrain another', async () => {
  assert.is(await permit({ dns: ['example.com'] }, '192.0.2.1'), undefined)
  assert.is(await permit({ ip: [[10, 0, 0, 0, 255, 0, 0, 0]] }, 'example.com'), undefined)
})

test('addresses lie within a range by its mask; ranges of IPv4 and IPv6 are apart', async () => {
  const ten = { ip: [[10, 16, 0, 0, 255, 240, 0, 0]] }
  assert.is(await permit(ten, '10.31.255.255'), undefined)
  assert.is(await permit(ten, '10.32.0.0'), PERMITTED)
  assert.is(await permit(ten, '::1'), PERMITTED)
  assert.is(await exclude(ten, '10.17.0.1'), EXCLUDED)
  assert.is(await exclude(ten, '10.15.0.1', '::1'), undefined)
})

const CN = (text: string) => der(0x31, der(0x30, der(6, [0x55, 4, 3]), der(0x13, text)))
const directory = (text: string) => ({ other: [der(0xa4, der(0x30, CN(text)))] })

test('a permitted directory name is the beginning of the subject', async () => {
  const named = (subject: string) => codeOf(directory('Corp'), undefined, { subject })
  assert.is(await named('CN=Corp'), undefined)
  assert.is(await named('CN=Corp, O=Unit'), undefined)
  assert.is(await named('CN=Corporation'), PERMITTED)
  assert.is(await named('O=Unit, CN=Corp'), PERMITTED)
})

test('constraints that cannot be checked are refused when there is such a name', async () => {
  assert.is(await codeOf(undefined, directory('Corp'), {}), UNSUPPORTED)
  const email = { other: [der(0x81, 'example.com')] }
  const extensions = [
    { id: '2.5.29.17', critical: false, value: der(0x30, der(0x81, 'me@example.com')) },
  ]
  assert.is(await codeOf(email, undefined, { hosts: [], extensions }), UNSUPPORTED)
  assert.is(await codeOf(email, undefined, {}), undefined)
  const inAlternative = [
    { id: '2.5.29.17', critical: false, value: der(0x30, der(0xa4, der(0x30, CN('Corp')))) },
  ]
  const named = { subject: 'CN=Corp', hosts: [], extensions: inAlternative }
  assert.is(await codeOf(directory('Corp'), undefined, named), UNSUPPORTED)
})

test('an authority in between is constrained too, unless it is self-issued', async () => {
  const root = await createTestCa({ extensions: [nameConstraints({ dns: ['example.com'] })] })
  const middle = await root.issueCa({ hosts: ['other.test'] })
  const rollover = await root.issueCa({ hosts: ['other.test'], subject: 'CN=Test Root' })
  const check = async (authority: typeof middle) => {
    const leaf = await authority.issue({ hosts: ['a.example.com'] })
    const path = [leaf, authority, root].map(({ der }) => Certificate.parse(der))
    new NameConstraintCheck().check(path)
  }
  await check(rollover)
  try {
    await check(middle)
    assert.unreachable()
  } catch (error) {
    assert.is((error as CertificateError).code, PERMITTED)
  }
})

test('the work on names has an end', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.example`)
  const half = Math.ceil(Math.sqrt(MAX_NAME_COMPARISONS))
  assert.is(
    await exclude({ dns: ['other.test', ...many(half)] }, ...many(half).map((h) => `a${h}`)),
    UNSUPPORTED,
  )
  assert.is(await exclude({ dns: many(half / 2) }, ...many(half).map((h) => `a${h}`)), undefined)
})

test.run()
