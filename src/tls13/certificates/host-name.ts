import { equalBytes, formatIpAddress, parseIpAddress } from '../../bytes/index.ts'
import { ArgumentError } from './argument-error.ts'
import type { Certificate } from './certificate.ts'
import { CertificateAlert, CertificateError } from './certificate-error.ts'
import { MAX_NAMES_IN_MESSAGE } from './limits.ts'

/** What a client calls the server that it wants to reach (RFC 9525 §6.1). */
export type ReferenceIdentity =
  /** A host name in lower case, without a dot at its end. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'address'; readonly address: Uint8Array }

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/**
 * Reads a host name or an IP literal (IPv6 with or without brackets, with or without a zone).
 * Internationalized names must come as A-labels (`xn--...`). Throws {@link ArgumentError}.
 */
export function parseServerName(text: string): ReferenceIdentity {
  const literal = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  const address = parseIpAddress(literal.replace(/(:[^%]*)%.+$/, '$1'))
  if (address !== undefined) return { kind: 'address', address }
  const name = text.toLowerCase().replace(/\.$/, '')
  const labels = name.split('.')
  // `127.1` and `0x7f.1` are addresses to some resolvers: what looks like one is never a name.
  const looksNumeric = /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!)
  if (name.length > 253 || looksNumeric || !labels.every((label) => LABEL.test(label)))
    throw new ArgumentError(
      'ERR_INVALID_ARG_VALUE',
      `The server name ${JSON.stringify(text)} is neither a host name (in ASCII: xn-- labels for others) nor an IP address`,
    )
  return { kind: 'name', name }
}

/**
 * Throws {@link CertificateError} (`ERR_TLS_CERT_ALTNAME_INVALID`) unless the certificate is one of
 * that server. Only subjectAltName counts; the common name does not (RFC 9525 §6.2).
 */
export function checkServerName(certificate: Certificate, reference: ReferenceIdentity): void {
  const matches =
    reference.kind === 'name'
      ? certificate.dnsNames.some((presented) => matchesDnsName(presented, reference.name))
      : certificate.ipAddresses.some((presented) => equalBytes(presented, reference.address))
  if (matches) return
  const wanted =
    reference.kind === 'name' ? reference.name : `IP address ${formatIpAddress(reference.address)}`
  throw new CertificateError(
    CertificateAlert.badCertificate,
    'ERR_TLS_CERT_ALTNAME_INVALID',
    `The certificate is not for ${wanted}, ${presentedNames(certificate)}`,
  )
}

/**
 * Whether a dNSName of a certificate covers a name (lower case, no dot at its end). A wildcard is the
 * whole left-most label and stands for exactly one (RFC 9525 §6.3); with fewer than two labels after
 * it, it would speak for a whole registry, and covers nothing.
 */
export function matchesDnsName(presented: string, name: string): boolean {
  const pattern = presented.toLowerCase()
  if (!pattern.startsWith('*.')) return pattern === name
  const suffix = pattern.slice(1)
  const dot = name.indexOf('.')
  return dot > 0 && suffix.indexOf('.', 1) > 0 && name.slice(dot) === suffix
}

function presentedNames(certificate: Certificate): string {
  const names = [
    ...certificate.dnsNames,
    ...certificate.ipAddresses.map((address) => `IP address ${formatIpAddress(address)}`),
  ]
  if (names.length === 0)
    return `and has no subjectAltName for any host (its subject, ${certificate.subjectText}, does not count)`
  const shown = names.slice(0, MAX_NAMES_IN_MESSAGE).join(', ')
  const more = names.length - MAX_NAMES_IN_MESSAGE
  return more > 0 ? `but for ${shown} and ${more} more` : `but for ${shown}`
}
