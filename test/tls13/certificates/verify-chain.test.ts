import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Certificate } from '../../../src/tls13/certificates/certificate.ts'
import { CertificateError } from '../../../src/tls13/certificates/certificate-error.ts'
import { Purpose } from '../../../src/tls13/certificates/extensions.ts'
import { MAX_PATH_LENGTH, MAX_SIGNATURE_CHECKS } from '../../../src/tls13/certificates/limits.ts'
import { TrustStore } from '../../../src/tls13/certificates/trust-store.ts'
import { verifyChain } from '../../../src/tls13/certificates/verify-chain.ts'
import { nodeCrypto } from '../../../src/tls13/crypto/node/provider.ts'
import { MAX_CERTIFICATES } from '../../../src/tls13/limits.ts'
import {
  createSelfSigned,
  createTestCa,
  KEY_USAGE,
  nameConstraints,
  PURPOSE,
  type TestCertificate,
  takeApart,
} from '../../support/certificates.ts'
import { peerTest, requirePeer } from '../../support/peers.ts'
import { PROVIDERS } from '../providers.ts'

const test = suite('verify-chain')

const HOUR = 3_600_000
const PAST = { notBefore: new Date(Date.now() - 48 * HOUR), notAfter: new Date(Date.now() - HOUR) }
const FUTURE = { notBefore: new Date(Date.now() + HOUR) }

function verify(
  sent: readonly TestCertificate[],
  trusted: readonly TestCertificate[],
  crypto: Pick<typeof nodeCrypto, 'verify'> = nodeCrypto,
): readonly Certificate[] {
  const trust = TrustStore.fromPem(trusted.map(({ certPem }) => certPem))
  const chain = sent.map(({ der }) => Certificate.parse(der))
  return verifyChain(chain, { crypto, trust, purpose: Purpose.serverAuth, now: Date.now() })
}

function errorOf(sent: readonly TestCertificate[], trusted: readonly TestCertificate[]) {
  try {
    verify(sent, trusted)
  } catch (error) {
    assert.instance(error, CertificateError)
    return error as CertificateError
  }
  return undefined
}

/** What `openssl verify` says of the same certificates. */
function opensslAccepts(
  sent: readonly TestCertificate[],
  trusted: readonly TestCertificate[],
): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
  const write = (name: string, list: readonly TestCertificate[]) => {
    const path = join(folder, name)
    writeFileSync(path, list.map(({ certPem }) => certPem).join(''))
    return path
  }
  try {
    const [leaf, ...others] = sent
    const roots = write('roots.pem', trusted)
    const untrusted = others.length > 0 ? ['-untrusted', write('others.pem', others)] : []
    // Level 2 refuses RSA below 2048 bits and SHA-1, as we do.
    const options = ['-no-CApath', '-auth_level', '2', '-purpose', 'sslserver']
    execFileSync(
      requirePeer('openssl'),
      ['verify', ...options, '-CAfile', roots, ...untrusted, write('leaf.pem', [leaf!])],
      { stdio: 'ignore' },
    )
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const root = await createTestCa()
const other = await createTestCa({ subject: 'CN=Other Root' })
const middle = await root.issueCa()
const leaf = await middle.issue()
const below = async (options: Parameters<typeof root.issueCa>[0]) => {
  const authority = await root.issueCa(options)
  return [await authority.issue(), authority]
}
const constrained = await createTestCa({
  extensions: [nameConstraints({ dns: ['example.com'] })],
})
const limited = await createTestCa({ pathLength: 0 })
const limitedMiddle = await limited.issueCa()
const selfSigned = await createSelfSigned()
const sameName = await createTestCa({ ...PAST, subject: 'CN=Same Name' })
const pssRoot = await createTestCa({ key: 'rsa-pss' })
const oddRoot = await createTestCa({ key: 'p384' })
const rsaRoot = await createTestCa({ key: 'rsa2048' })
const weakRoot = await createTestCa({ key: 'rsa1024' })
const p521Root = await createTestCa({ key: 'p521' })
const edRoot = await createTestCa({ key: 'ed25519' })
const impostor = await (await createTestCa({ key: 'p384' })).issueCa()

interface Row {
  readonly name: string
  readonly sent: readonly TestCertificate[]
  readonly trusted: readonly TestCertificate[]
  /** The code and the alert of the refusal. */
  readonly refusal?: readonly [string, number]
}

const rows: readonly Row[] = [
  { name: 'a leaf below the root', sent: [await root.issue()], trusted: [root] },
  { name: 'one authority in between', sent: [leaf, middle], trusted: [root] },
  { name: 'the root was sent too', sent: [leaf, middle, root], trusted: [root] },
  {
    name: 'the wrong order and one that does not belong to it',
    sent: [leaf, root, other, middle],
    trusted: [other, root],
  },
  { name: 'the authority in between is among the trusted', sent: [leaf], trusted: [root, middle] },
  { name: 'a self-signed certificate that is trusted', sent: [selfSigned], trusted: [selfSigned] },
  {
    name: 'a root of P-384 that signs with SHA-256',
    sent: [await oddRoot.issue({ hash: 'SHA-256' })],
    trusted: [oddRoot],
  },
  {
    name: 'a root of P-256 that signs with SHA-512',
    sent: [await root.issue({ hash: 'SHA-512' })],
    trusted: [root],
  },
  { name: 'a root of RSA', sent: [await rsaRoot.issue({ key: 'rsa2048' })], trusted: [rsaRoot] },
  {
    name: 'a root of RSA with SHA-512',
    sent: [await rsaRoot.issue({ hash: 'SHA-512' })],
    trusted: [rsaRoot],
  },
  { name: 'a root that signs with RSA-PSS', sent: [await pssRoot.issue()], trusted: [pssRoot] },
  { name: 'a root of Ed25519', sent: [await edRoot.issue({ key: 'ed25519' })], trusted: [edRoot] },
  { name: 'a root of P-521', sent: [await p521Root.issue()], trusted: [p521Root] },
  {
    name: 'names within the constraints',
    sent: [await constrained.issue({ hosts: ['a.example.com'] })],
    trusted: [constrained],
  },
  {
    name: 'nothing is trusted that is self-signed',
    sent: [selfSigned],
    trusted: [root],
    refusal: ['DEPTH_ZERO_SELF_SIGNED_CERT', 48],
  },
  {
    name: 'one that was made anew, and the one before it is trusted',
    sent: [selfSigned],
    trusted: [await createSelfSigned()],
    refusal: ['DEPTH_ZERO_SELF_SIGNED_CERT', 48],
  },
  {
    name: 'one that was made anew, and the one before it is trusted as an authority',
    sent: [selfSigned],
    trusted: [await createSelfSigned({ ca: true, keyUsage: KEY_USAGE.keyCertSign })],
    refusal: ['DEPTH_ZERO_SELF_SIGNED_CERT', 48],
  },
  {
    name: 'one with the name of its issuer, which has a defect',
    sent: [await sameName.issue({ subject: 'CN=Same Name' })],
    trusted: [sameName],
    refusal: ['CERT_HAS_EXPIRED', 45],
  },
  {
    name: 'a root that is not trusted',
    sent: [leaf, middle, root],
    trusted: [other],
    refusal: ['SELF_SIGNED_CERT_IN_CHAIN', 48],
  },
  {
    name: 'the issuer of the leaf is missing',
    sent: [leaf],
    trusted: [root],
    refusal: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 48],
  },
  {
    name: 'the root is missing',
    sent: [leaf, middle],
    trusted: [other],
    refusal: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 48],
  },
  {
    name: 'only the authority in between is trusted',
    sent: [leaf],
    trusted: [middle],
    refusal: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 48],
  },
  {
    name: 'an authority of the right name with another key',
    sent: [leaf, impostor],
    trusted: [root],
    refusal: ['CERT_SIGNATURE_FAILURE', 42],
  },
  {
    name: 'an expired leaf',
    sent: [await root.issue(PAST)],
    trusted: [root],
    refusal: ['CERT_HAS_EXPIRED', 45],
  },
  {
    name: 'a leaf of tomorrow',
    sent: [await root.issue(FUTURE)],
    trusted: [root],
    refusal: ['CERT_NOT_YET_VALID', 45],
  },
  {
    name: 'an expired authority',
    sent: await below(PAST),
    trusted: [root],
    refusal: ['CERT_HAS_EXPIRED', 45],
  },
  {
    name: 'an expired root',
    sent: [await (await createTestCa(PAST)).issue()],
    trusted: [await createTestCa(PAST)],
    refusal: ['CERT_HAS_EXPIRED', 45],
  },
  {
    name: 'a leaf as authority',
    sent: await below({ ca: false }),
    trusted: [root],
    refusal: ['INVALID_CA', 48],
  },
  {
    name: 'no basicConstraints',
    sent: await below({ ca: undefined }),
    trusted: [root],
    refusal: ['INVALID_CA', 48],
  },
  {
    name: 'an authority that may not sign certificates',
    sent: await below({ keyUsage: KEY_USAGE.digitalSignature }),
    trusted: [root],
    refusal: ['KEYUSAGE_NO_CERTSIGN', 48],
  },
  {
    name: 'an authority too many',
    sent: [await limitedMiddle.issue(), limitedMiddle],
    trusted: [limited],
    refusal: ['PATH_LENGTH_EXCEEDED', 48],
  },
  { name: 'a path length of 0 kept', sent: [await limited.issue()], trusted: [limited] },
  {
    name: 'a client certificate',
    sent: [await root.issue({ purposes: [PURPOSE.client] })],
    trusted: [root],
    refusal: ['INVALID_PURPOSE', 43],
  },
  {
    name: 'an authority for clients only',
    sent: await below({ purposes: [PURPOSE.client] }),
    trusted: [root],
    refusal: ['INVALID_PURPOSE', 43],
  },
  {
    name: 'an RSA key of 1024 bits',
    sent: [await root.issue({ key: 'rsa1024' })],
    trusted: [root],
    refusal: ['EE_KEY_TOO_SMALL', 43],
  },
  {
    name: 'a root of RSA with 1024 bits',
    sent: [await weakRoot.issue()],
    trusted: [weakRoot],
    refusal: ['CA_KEY_TOO_SMALL', 43],
  },
  {
    name: 'SHA-1 with RSA',
    sent: [await rsaRoot.issue({ hash: 'SHA-1' })],
    trusted: [rsaRoot],
    refusal: ['CA_MD_TOO_WEAK', 43],
  },
  {
    name: 'SHA-1 with ECDSA',
    sent: [await root.issue({ hash: 'SHA-1' })],
    trusted: [root],
    refusal: ['CA_MD_TOO_WEAK', 43],
  },
  {
    name: 'names outside of the constraints',
    sent: [await constrained.issue({ hosts: ['a.example.org'] })],
    trusted: [constrained],
    refusal: ['PERMITTED_VIOLATION', 42],
  },
  {
    name: 'an unknown critical extension',
    sent: [
      await root.issue({
        extensions: [{ id: '1.3.6.1.4.1.99999.1', critical: true, value: Uint8Array.of(5, 0) }],
      }),
    ],
    trusted: [root],
    refusal: ['UNHANDLED_CRITICAL_EXTENSION', 43],
  },
]

for (const { name, sent, trusted, refusal } of rows)
  test(`${refusal === undefined ? 'accepted' : 'refused'}: ${name}`, () => {
    const error = errorOf(sent, trusted)
    assert.equal(error && [error.code, error.alert], refusal?.slice(), error?.message)
  })

peerTest(test, 'openssl', 'openssl judges all of these alike', async () => {
  for (const { name, sent, trusted, refusal } of rows)
    assert.is(opensslAccepts(sent, trusted), refusal === undefined, name)
})

test('the path that was found is returned, the anchor last', () => {
  assert.equal(
    verify([leaf, root, middle], [root]).map(({ der }) => der),
    [leaf.der, middle.der, root.der],
  )
})

test('a bit that changed, in what is signed or in the signature, is found', () => {
  const { serialNumber, signature } = Certificate.parse(leaf.der)
  const last = (part: Uint8Array) => Buffer.from(leaf.der).indexOf(part) + part.length - 1
  for (const at of [last(serialNumber), last(signature)]) {
    const forged = { ...leaf, der: leaf.der.slice() }
    forged.der[at]! ^= 1
    assert.is(errorOf([forged, middle], [root])?.code, 'CERT_SIGNATURE_FAILURE', `byte ${at}`)
  }
})

test('the right one of several roots with one name is found', async () => {
  // Not compared with openssl, which looks no further than the first without key identifiers.
  assert.is(verify([await oddRoot.issue()], [root, rsaRoot, oddRoot]).length, 2)
})

test('a way around an authority with a defect is found', async () => {
  const expired = await root.issueCa(PAST)
  assert.is(errorOf([leaf, expired], [root])?.code, 'CERT_HAS_EXPIRED')
  assert.equal(verify([leaf, expired, impostor, middle], [root])[1]!.der, middle.der)
})

test('an authority that was made anew under its old name is told from a trusted one', async () => {
  const before = await createTestCa({ subject: 'CN=Remade' })
  const now = await createSelfSigned({
    subject: 'CN=Remade',
    hosts: [],
    purposes: [],
    ca: true,
    keyUsage: KEY_USAGE.keyCertSign,
  })
  const own = await now.issue()
  const between = await now.issueCa()
  for (const [sent, subject] of [
    [[own], 'CN=localhost'],
    [[own, now], 'CN=localhost'],
    [[await between.issue(), between], 'CN=Test Authority'],
  ] as const) {
    const error = errorOf(sent, [before])
    assert.is(error?.code, 'CERT_SIGNATURE_FAILURE')
    assert.match(error!.message, `${subject} is not signed by the key of the trusted CN=Remade (`)
    assert.match(error!.message, 'another authority of that name signed it')
  }
  assert.is(verify([own], [before, now]).length, 2)
  // Nobody trusts the impostor.
  assert.not.match(errorOf([leaf, impostor], [root])!.message, 'trusted')
})

test('an empty chain is refused', () => {
  const error = errorOf([], [root])
  assert.is(error?.alert, 116)
})

test('more certificates than a handshake may have are refused', () => {
  const extras = Array.from({ length: MAX_CERTIFICATES }, () => other)
  assert.is(errorOf([leaf, ...extras], [root])?.code, 'CERT_CHAIN_TOO_LONG')
  assert.is(verify([leaf, middle, ...extras.slice(2)], [root]).length, 3)
})

test('a path has an end', async () => {
  const chain = [root]
  while (chain.length < MAX_PATH_LENGTH)
    chain.unshift(await chain[0]!.issueCa({ subject: `CN=Authority ${chain.length}` }))
  const withLeaf = async (authorities: TestCertificate[]) => [
    await authorities[0]!.issue(),
    ...authorities,
  ]
  assert.is(errorOf(await withLeaf(chain), [root])?.code, 'CERT_CHAIN_TOO_LONG')
  assert.is(verify(await withLeaf(chain.slice(1)), [root]).length, MAX_PATH_LENGTH)
})

test('the search through cross-signed certificates has an end', async () => {
  // Keys under one name, each of which may have certified any other: the number of paths explodes.
  const ring: TestCertificate[] = []
  const first = await createTestCa({ subject: 'CN=Ring' })
  for (let index = 0; index < MAX_CERTIFICATES - 1; index++)
    ring.push(await first.issueCa({ subject: 'CN=Ring' }))
  const victim = await first.issue()
  let count = 0
  const crypto = {
    verify: () => {
      count++
      return true
    },
  }
  assert.throws(() => verify([victim, ...ring], [root], crypto), /too long/)
  assert.is(count, MAX_SIGNATURE_CHECKS)
})

test('an authority whose key is the point at infinity is refused, and ends nothing else', async () => {
  // Node 20 aborts the process when it is asked for the details of such a key.
  const ca = await createTestCa({ subject: 'CN=Forged' })
  const leaf = await ca.issue()
  const { tbs, assemble } = takeApart(ca.der)
  const curve = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex')
  const spki = Uint8Array.from([0x30, 25, ...curve, 0x03, 0x02, 0x00, 0x00])
  const forged = { ...ca, der: assemble(tbs.with(6, spki)) }
  assert.is(Certificate.parse(forged.der).keyKind, 'ec-p256')
  for (const crypto of PROVIDERS) {
    try {
      verify([leaf, forged], [await createTestCa()], crypto)
      assert.unreachable()
    } catch (error) {
      assert.is((error as CertificateError).code, 'CERT_SIGNATURE_FAILURE')
    }
  }
})

test.run()
