import { equalBytes, formatIpAddress } from '../../bytes/index.ts'
import type { Certificate } from './certificate.ts'
import {
  CertificateAlert,
  CertificateError,
  type CertificateErrorCode,
} from './certificate-error.ts'
import { MAX_NAME_COMPARISONS } from './limits.ts'
import type { IpRange, NameConstraints } from './name-constraints.ts'

/**
 * Checks that the names of every certificate of a path lie within what the authorities above it may
 * name (RFC 5280 §4.2.1.10, §6.1.4). One check serves all paths of a peer, so that its cap holds for
 * their sum.
 */
export class NameConstraintCheck {
  #comparisons = 0

  /**
   * Throws {@link CertificateError}.
   *
   * @param path the end entity first, the anchor last; the anchor's own constraints count too
   */
  check(path: readonly Certificate[]): void {
    for (const [index, authority] of path.entries()) {
      if (authority.nameConstraints === undefined) continue
      for (const [below, certificate] of path.slice(0, index).entries()) {
        // RFC 5280 §6.1.3(b): not applied to self-issued certificates, unless it is the final one.
        if (below > 0 && certificate.selfIssued) continue
        this.#apply(authority.nameConstraints, authority, certificate)
      }
    }
  }

  #apply(constraints: NameConstraints, authority: Certificate, certificate: Certificate): void {
    const { permitted, excluded } = constraints
    for (const name of certificate.dnsNames) {
      const lower = name.toLowerCase()
      this.#spend(permitted.dnsNames.length + excluded.dnsNames.length, authority)
      if (excluded.dnsNames.some((subtree) => mayLieWithin(lower, subtree)))
        throw violation('EXCLUDED_VIOLATION', name, authority)
      if (
        permitted.dnsNames.length > 0 &&
        !permitted.dnsNames.some((subtree) => liesWithin(lower, subtree))
      )
        throw violation('PERMITTED_VIOLATION', name, authority)
    }
    for (const address of certificate.ipAddresses) {
      this.#spend(permitted.ipRanges.length + excluded.ipRanges.length, authority)
      if (excluded.ipRanges.some((range) => contains(range, address)))
        throw violation('EXCLUDED_VIOLATION', formatIpAddress(address), authority)
      if (
        permitted.ipRanges.length > 0 &&
        !permitted.ipRanges.some((range) => contains(range, address))
      )
        throw violation('PERMITTED_VIOLATION', formatIpAddress(address), authority)
    }
    this.#checkDirectoryName(constraints, authority, certificate)
    for (const kind of certificate.otherNameKinds)
      if (
        permitted.otherKinds.has(kind) ||
        excluded.otherKinds.has(kind) ||
        (kind === DIRECTORY_NAME && hasDirectoryNames(constraints))
      )
        throw unsupported(authority)
  }

  #checkDirectoryName(
    { permitted, excluded }: NameConstraints,
    authority: Certificate,
    certificate: Certificate,
  ): void {
    const subject = certificate.subjectParts
    // RFC 5280 §6.1.3(b): an empty subject is no name that could be constrained.
    if (subject.length === 0) return
    // Names are compared byte for byte here, and one that is written differently would slip through.
    if (excluded.directoryNames.length > 0) throw unsupported(authority)
    if (permitted.directoryNames.length === 0) return
    this.#spend(permitted.directoryNames.length, authority)
    if (!permitted.directoryNames.some((subtree) => isPrefix(subtree, subject)))
      throw violation('PERMITTED_VIOLATION', certificate.subjectText, authority)
  }

  #spend(comparisons: number, authority: Certificate): void {
    this.#comparisons += comparisons
    if (this.#comparisons > MAX_NAME_COMPARISONS) throw unsupported(authority)
  }
}

const DIRECTORY_NAME = 4

function hasDirectoryNames({ permitted, excluded }: NameConstraints): boolean {
  return permitted.directoryNames.length > 0 || excluded.directoryNames.length > 0
}

/** Whether all that a dNSName covers is in the subtree. */
function liesWithin(name: string, subtree: string): boolean {
  if (subtree === '' || name === subtree) return true
  return name.endsWith(subtree.startsWith('.') ? subtree : `.${subtree}`)
}

/** Whether anything that a dNSName covers may be in the subtree: a wildcard's label may be any. */
function mayLieWithin(name: string, subtree: string): boolean {
  if (liesWithin(name, subtree)) return true
  if (!name.startsWith('*.')) return false
  // `*.a.example` may be `b.a.example`; with `.b.a.example` it has nothing in common.
  const dot = subtree.indexOf('.')
  return dot > 0 && name.slice(1) === subtree.slice(dot)
}

function contains({ address, mask }: IpRange, candidate: Uint8Array): boolean {
  if (address.length !== candidate.length) return false
  for (let i = 0; i < mask.length; i++)
    if ((candidate[i]! & mask[i]!) !== (address[i]! & mask[i]!)) return false
  return true
}

function isPrefix(prefix: readonly Uint8Array[], name: readonly Uint8Array[]): boolean {
  return (
    prefix.length <= name.length && prefix.every((part, index) => equalBytes(part, name[index]!))
  )
}

function violation(
  code: CertificateErrorCode,
  name: string,
  authority: Certificate,
): CertificateError {
  return new CertificateError(
    CertificateAlert.badCertificate,
    code,
    `${authority.subjectText} may not certify the name ${name} (nameConstraints)`,
  )
}

function unsupported(authority: Certificate): CertificateError {
  return new CertificateError(
    CertificateAlert.unsupportedCertificate,
    'UNSUPPORTED_CONSTRAINT_TYPE',
    `The nameConstraints of ${authority.subjectText} are of a kind or a size that is not supported here`,
  )
}
