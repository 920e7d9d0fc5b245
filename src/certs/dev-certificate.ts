import { KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { certificateHash, spkiHash } from './hashes.ts'
import { loadX509 } from './x509.ts'

export interface DevCertificateOptions {
  /** Host names and IP addresses. Default: `localhost`, `127.0.0.1` and `::1`. */
  readonly hosts?: readonly string[]
  /**
   * How long it is valid, in days: more than 0, at most 14, which is the most that browsers accept
   * with `serverCertificateHashes`. Default: 13.
   */
  readonly days?: number
  /** When it begins to be valid, less a minute for clocks that are behind. Default: now. */
  readonly now?: Date
}

export interface DevCertificate {
  /** The private key: PKCS#8 in PEM. */
  readonly key: string
  /** The certificate in PEM. A client trusts it if it is given as `ca`. */
  readonly cert: string
  /** SHA-256 of the certificate in hex: see {@link certificateHash}. */
  readonly sha256: string
  /** SHA-256 of the public key in base64: see {@link spkiHash}. */
  readonly spkiHash: string
}

const DAY = 86_400_000
const CLOCK_SKEW = 60_000
const MAX_DAYS = 14
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Makes a key on P-256 and a self-signed certificate for it: to develop with, and for WebTransport
 * in browsers by its hash. Throws `RangeError` or `TypeError` (rejects) for unusable options.
 */
export async function createDevCertificate(
  options: DevCertificateOptions = {},
): Promise<DevCertificate> {
  const { hosts = ['localhost', '127.0.0.1', '::1'], days = 13, now = new Date() } = options
  if (!(days > 0 && days <= MAX_DAYS))
    throw new RangeError(`days must be more than 0 and at most ${MAX_DAYS}, not ${days}`)
  if (hosts.length === 0) throw new TypeError('hosts must name one host at least')
  const names = hosts.map(alternativeName)
  const x509 = loadX509()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  // Times have whole seconds; the span must not grow by rounding.
  const start = Math.floor((now.getTime() - CLOCK_SKEW) / 1000) * 1000
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=tsquic development certificate',
    notBefore: new Date(start),
    notAfter: new Date(start + days * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(names),
    ],
  })
  const cert = `${certificate.toString('pem').trimEnd()}\n`
  const key = KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' }).toString()
  return { key, cert, sha256: certificateHash(cert), spkiHash: spkiHash(cert) }
}

function alternativeName(host: string): { type: 'dns' | 'ip'; value: string } {
  if (isIP(host) !== 0) return { type: 'ip', value: host }
  const wildcard = host.startsWith('*.') ? '*.' : ''
  const name = domainToASCII(host.slice(wildcard.length))
  // domainToASCII cuts at what ends a host in a URL.
  if (/[\s/\\?#@:%[\]]/.test(host) || !/^[a-z0-9_.-]+$/.test(name))
    throw new TypeError(`${JSON.stringify(host)} is neither a host name nor an IP address`)
  return { type: 'dns', value: wildcard + name }
}
