/**
 * Certificates for tests, good ones and ones with any defect.
 *
 *     const ca = await createTestCa()
 *     const server = await ca.issue({ hosts: ['example.test'] })
 *     // { certPem, keyPem, der, chainPem }; trust ca.certPem
 *
 * They are made by @peculiar/x509, which has no line in common with what reads them in src/tls13.
 * Authorities with the same options, and RSA keys, are made once a process.
 */
import { KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type { Extension } from '@peculiar/x509'
import { loadX509 } from '../../src/certs/x509.ts'

export type KeyType = 'p256' | 'p384' | 'p521' | 'ed25519' | 'rsa2048' | 'rsa1024' | 'rsa-pss'

export interface IssueOptions {
  /** Default: `CN=` and the first host, or `CN=Test`. */
  readonly subject?: string
  /** Names for subjectAltName; none: no such extension. Default: localhost, 127.0.0.1 and ::1. */
  readonly hosts?: readonly string[]
  /** Default: p256. */
  readonly key?: KeyType
  /** Default: an hour ago. */
  readonly notBefore?: Date
  /** Default: in ten days. */
  readonly notAfter?: Date
  /** basicConstraints; undefined: no such extension. Default: CA:FALSE. */
  readonly ca?: boolean | undefined
  readonly pathLength?: number
  /** Bits of keyUsage; undefined: no such extension. Default: digitalSignature, for a CA keyCertSign. */
  readonly keyUsage?: number | undefined
  /** extKeyUsage; none: no such extension. Default: server and client, for a CA none. */
  readonly purposes?: readonly string[]
  /** The hash of the signature upon it. Default: the one that fits the issuer's key. */
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'
  readonly extensions?: readonly { id: string; critical: boolean; value: Uint8Array }[]
}

export interface TestCertificate {
  readonly certPem: string
  readonly keyPem: string
  readonly der: Uint8Array
  /** Its own PEM and those of the authorities between it and the root: what a server sends. */
  readonly chainPem: string
  /** Issues a certificate that this one signs, whether it may or not. */
  issue(options?: IssueOptions): Promise<TestCertificate>
  /** The same for an authority. */
  issueCa(options?: IssueOptions): Promise<TestCertificate>
}

export const KEY_USAGE = { digitalSignature: 1, keyEncipherment: 4, keyCertSign: 32 } as const
export const PURPOSE = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  any: '2.5.29.37.0',
} as const

const HOUR = 3_600_000
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1']

interface Signer {
  readonly subject: string
  readonly keyType: KeyType
  readonly privateKey: webcrypto.CryptoKey
  /** PEM of the authorities, without the root. */
  readonly chainPem: string
}

const authorities = new Map<string, Promise<TestCertificate>>()

/** A self-signed authority; the same one for the same options. */
export function createTestCa(options: IssueOptions = {}): Promise<TestCertificate> {
  const key = JSON.stringify(options, (_, value) => value ?? 'absent')
  let ca = authorities.get(key)
  if (ca === undefined) {
    ca = create(asAuthority({ subject: 'CN=Test Root', ...options }), undefined)
    authorities.set(key, ca)
  }
  return ca
}

/** A certificate that its own key signed. */
export function createSelfSigned(options: IssueOptions = {}): Promise<TestCertificate> {
  return create(options, undefined)
}

function asAuthority(options: IssueOptions): IssueOptions {
  return {
    subject: 'CN=Test Authority',
    hosts: [],
    purposes: [],
    ca: true,
    keyUsage: KEY_USAGE.keyCertSign,
    ...options,
  }
}

async function create(options: IssueOptions, issuer: Signer | undefined): Promise<TestCertificate> {
  const x509 = loadX509()
  const { hosts = LOCAL_HOSTS, key: keyType = 'p256' } = options
  const subject = options.subject ?? `CN=${hosts[0] ?? 'Test'}`
  const keys = await generateKeys(keyType)
  const signer = issuer ?? { subject, keyType, privateKey: keys.privateKey, chainPem: '' }
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: signer.subject,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: options.notAfter ?? new Date(Date.now() + 240 * HOUR),
    publicKey: keys.publicKey,
    signingKey: await signingKey(signer, options.hash),
    signingAlgorithm: signingAlgorithm(signer.keyType, options.hash),
    extensions: extensionsOf(options, hosts),
  })
  const certPem = `${certificate.toString('pem').trimEnd()}\n`
  const chainPem = issuer === undefined ? certPem : certPem + issuer.chainPem
  const self: Signer = {
    subject,
    keyType,
    privateKey: keys.privateKey,
    chainPem: issuer === undefined ? '' : chainPem,
  }
  return {
    certPem,
    keyPem: KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' }).toString(),
    der: new Uint8Array(certificate.rawData),
    chainPem,
    issue: (next = {}) => create(next, self),
    issueCa: (next = {}) => create(asAuthority(next), self),
  }
}

function extensionsOf(options: IssueOptions, hosts: readonly string[]): Extension[] {
  const x509 = loadX509()
  const defaults: IssueOptions = {
    ca: false,
    keyUsage: KEY_USAGE.digitalSignature,
    purposes: [PURPOSE.server, PURPOSE.client],
  }
  const { ca, pathLength, keyUsage, purposes = [], extensions = [] } = { ...defaults, ...options }
  const list: Extension[] = []
  if (ca !== undefined) list.push(new x509.BasicConstraintsExtension(ca, pathLength, true))
  if (keyUsage !== undefined) list.push(new x509.KeyUsagesExtension(keyUsage, true))
  if (purposes.length > 0) list.push(new x509.ExtendedKeyUsageExtension([...purposes]))
  if (hosts.length > 0)
    list.push(
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
    )
  for (const { id, critical, value } of extensions)
    list.push(new x509.Extension(id, critical, Uint8Array.from(value)))
  return list
}

const KEY_ALGORITHMS = {
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384' },
  p521: { name: 'ECDSA', namedCurve: 'P-521' },
  ed25519: { name: 'Ed25519' },
  rsa2048: rsaAlgorithm('RSASSA-PKCS1-v1_5', 2048),
  rsa1024: rsaAlgorithm('RSASSA-PKCS1-v1_5', 1024),
  'rsa-pss': rsaAlgorithm('RSA-PSS', 2048),
} as const
const HASHES = {
  p256: 'SHA-256',
  p384: 'SHA-384',
  p521: 'SHA-512',
  ed25519: 'SHA-512',
  rsa2048: 'SHA-256',
  rsa1024: 'SHA-256',
  'rsa-pss': 'SHA-256',
} as const

function rsaAlgorithm(name: string, modulusLength: number) {
  return { name, modulusLength, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }
}

/** RSA keys take long to make: one of each type does for all. */
const rsaKeys = new Map<KeyType, Promise<webcrypto.CryptoKeyPair>>()

function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const generate = () =>
    webcrypto.subtle.generateKey(KEY_ALGORITHMS[type], true, [
      'sign',
      'verify',
    ]) as Promise<webcrypto.CryptoKeyPair>
  if (!type.startsWith('rsa')) return generate()
  let keys = rsaKeys.get(type)
  if (keys === undefined) {
    keys = generate()
    rsaKeys.set(type, keys)
  }
  return keys
}

/** WebCrypto binds an RSA key to one hash: for another it is imported anew. */
function signingKey({ keyType, privateKey }: Signer, hash: string | undefined) {
  const { name } = KEY_ALGORITHMS[keyType]
  if (hash === undefined || !keyType.startsWith('rsa')) return privateKey
  const der = KeyObject.from(privateKey).export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', der, { name, hash }, true, ['sign'])
}

function signingAlgorithm(type: KeyType, hash: string = HASHES[type]) {
  const { name } = KEY_ALGORITHMS[type]
  return name === 'RSA-PSS' ? { name, hash, saltLength: 32 } : { name, hash }
}

/** One element of DER from its parts: for extensions that no tool writes. */
export function der(
  tag: number,
  ...parts: readonly (Uint8Array | string | number[])[]
): Uint8Array {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  const { length } = content
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Uint8Array.from([tag, ...header, ...content])
}

/** Subtrees for {@link nameConstraints}: `dns`, `ip` (address and mask) or any GeneralName in DER. */
export interface TestSubtrees {
  readonly dns?: readonly string[]
  readonly ip?: readonly number[][]
  readonly other?: readonly Uint8Array[]
}

/** The extension nameConstraints, for {@link IssueOptions.extensions}. */
export function nameConstraints(permitted?: TestSubtrees, excluded?: TestSubtrees) {
  const subtrees = ({ dns = [], ip = [], other = [] }: TestSubtrees) =>
    [...dns.map((name) => der(0x82, name)), ...ip.map((range) => der(0x87, range)), ...other].map(
      (base) => der(0x30, base),
    )
  const parts: Uint8Array[] = []
  if (permitted !== undefined) parts.push(der(0xa0, ...subtrees(permitted)))
  if (excluded !== undefined) parts.push(der(0xa1, ...subtrees(excluded)))
  return { id: '2.5.29.30', critical: true, value: der(0x30, ...parts) }
}

/**
 * The elements of a certificate's signed part, from its version to its extensions, and what makes a
 * certificate of other such elements: with the old signature, which is wrong then.
 */
export function takeApart(certificate: Uint8Array): {
  tbs: Uint8Array[]
  assemble(fields: readonly Uint8Array[]): Uint8Array
} {
  const [tbs, ...rest] = elementsOf(contentOf(certificate))
  return {
    tbs: elementsOf(contentOf(tbs!)),
    assemble: (fields) => der(0x30, der(0x30, ...fields), ...rest),
  }
}

function elementsOf(content: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = []
  for (let at = 0; at < content.length; ) {
    const element = content.subarray(at)
    const inner = contentOf(element)
    const length = inner.byteOffset - element.byteOffset + inner.length
    elements.push(element.slice(0, length))
    at += length
  }
  return elements
}

/** The content of the element at the start, as a view. */
function contentOf(element: Uint8Array): Uint8Array {
  const first = element[1]!
  if (first < 0x80) return element.subarray(2, 2 + first)
  const start = 2 + (first & 0x7f)
  const length = Number.parseInt(Buffer.from(element.slice(2, start)).toString('hex'), 16)
  return element.subarray(start, start + length)
}
