import { equalBytes } from '../../bytes/index.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { MAX_CERTIFICATES } from '../limits.ts'
import type { Certificate } from './certificate.ts'
import { checkAuthority, checkEndEntity } from './certificate-checks.ts'
import { CertificateAlert, CertificateError } from './certificate-error.ts'
import { NameConstraintCheck } from './check-name-constraints.ts'
import type { Purpose } from './extensions.ts'
import { MAX_PATH_LENGTH, MAX_SIGNATURE_CHECKS } from './limits.ts'
import type { TrustStore } from './trust-store.ts'

export interface ChainContext {
  readonly crypto: Pick<CryptoProvider, 'verify'>
  readonly trust: TrustStore
  readonly purpose: Purpose
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Finds a path from a peer's own certificate, the first, to a trust anchor (RFC 5280 §6). The others
 * may come in any order, and some may not belong to it. Revocation is not checked. Returns the path;
 * throws {@link CertificateError}.
 */
export function verifyChain(
  chain: readonly Certificate[],
  context: ChainContext,
): readonly Certificate[] {
  const [endEntity] = chain
  if (endEntity === undefined)
    throw new CertificateError(
      CertificateAlert.certificateRequired,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'The peer sent no certificate',
    )
  if (chain.length > MAX_CERTIFICATES) throw tooLong(`${chain.length} certificates were sent`)
  checkEndEntity(endEntity, context.purpose, context.now)
  if (context.trust.isAnchor(endEntity)) return [endEntity]
  return new PathSearch(chain, context).from(endEntity)
}

class PathSearch {
  readonly #sent: readonly Certificate[]
  readonly #context: ChainContext
  readonly #names = new NameConstraintCheck()
  #signatureChecks = 0
  /** The first thing that was wrong with an issuer, and the first end without one. */
  #fault: CertificateError | undefined
  #deadEnd: CertificateError | undefined

  constructor(sent: readonly Certificate[], context: ChainContext) {
    this.#sent = sent
    this.#context = context
  }

  from(endEntity: Certificate): readonly Certificate[] {
    const path = [endEntity]
    if (this.#extend(path)) return path
    // What signed itself has no other issuer: it is by chance that a trusted one has its name, as when
    // a development certificate was made anew.
    if (this.#isSelfSigned(endEntity)) throw noIssuer(endEntity, 1)
    throw this.#fault ?? this.#deadEnd
  }

  #isSelfSigned({ selfIssued, signatureAlgorithm, spki, tbs, signature }: Certificate): boolean {
    const { scheme } = signatureAlgorithm
    if (!selfIssued || scheme === undefined) return false
    if (++this.#signatureChecks > MAX_SIGNATURE_CHECKS) return false
    return this.#context.crypto.verify(scheme, spki, tbs, signature)
  }

  /** Depth first; leaves the whole path in `path` when it reaches an anchor. */
  #extend(path: Certificate[]): boolean {
    const last = path.at(-1)!
    const issuers = this.#issuersOf(last, path)
    if (issuers.length === 0) this.#deadEnd ??= noIssuer(last, path.length)
    if (issuers.length > 0 && path.length === MAX_PATH_LENGTH) {
      this.#fault ??= tooLong(`no anchor within ${MAX_PATH_LENGTH}`)
      return false
    }
    for (const issuer of issuers) {
      if (!this.#accepts(issuer, last, path)) continue
      path.push(issuer)
      if (this.#isComplete(path) || (!this.#isAnchor(issuer) && this.#extend(path))) return true
      path.pop()
    }
    return false
  }

  #issuersOf(certificate: Certificate, path: readonly Certificate[]): Certificate[] {
    const found: Certificate[] = []
    const add = (candidate: Certificate) => {
      // The same key under the same name again leads nowhere new.
      const isSame = (other: Certificate) =>
        equalBytes(other.spki, candidate.spki) && equalBytes(other.subject, candidate.subject)
      const isKnown = (other: Certificate) => equalBytes(other.der, candidate.der)
      if (!path.some(isSame) && !found.some(isKnown)) found.push(candidate)
    }
    this.#context.trust.findBySubject(certificate.issuer).forEach(add)
    for (const candidate of this.#sent)
      if (equalBytes(candidate.subject, certificate.issuer)) add(candidate)
    return found
  }

  #accepts(issuer: Certificate, subject: Certificate, path: readonly Certificate[]): boolean {
    const { crypto, purpose, now } = this.#context
    let below = 0
    for (let i = 1; i < path.length; i++) if (!path[i]!.selfIssued) below++
    return this.#attempt(() => {
      checkAuthority(issuer, purpose, now, below)
      const { scheme, weak, text } = subject.signatureAlgorithm
      if (scheme === undefined)
        throw new CertificateError(
          CertificateAlert.unsupportedCertificate,
          weak ? 'CA_MD_TOO_WEAK' : 'UNSUPPORTED_SIGNATURE_ALGORITHM',
          `${subject.subjectText} is signed by ${text}, which is ${weak ? 'too weak' : 'not supported'}`,
        )
      if (++this.#signatureChecks > MAX_SIGNATURE_CHECKS)
        throw tooLong(`more than ${MAX_SIGNATURE_CHECKS} signatures to verify`)
      if (!crypto.verify(scheme, issuer.spki, subject.tbs, subject.signature))
        throw badSignature(subject, issuer, this.#isTrusted(issuer))
    })
  }

  #isComplete(path: readonly Certificate[]): boolean {
    return this.#isAnchor(path.at(-1)!) && this.#attempt(() => this.#names.check(path))
  }

  /** An anchor, or one that leads to it. */
  #isTrusted(certificate: Certificate): boolean {
    return this.#context.trust.findBySubject(certificate.subject).includes(certificate)
  }

  #isAnchor(certificate: Certificate): boolean {
    return this.#context.trust.isAnchor(certificate)
  }

  /** A fault on one path does not speak against another: it is kept for the case that there is none. */
  #attempt(check: () => void): boolean {
    try {
      check()
      return true
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error
      this.#fault ??= error
      return false
    }
  }
}

/** It is by their names that certificates belong together: one made anew has the name of the old one. */
function badSignature(
  { subjectText }: Certificate,
  issuer: Certificate,
  isTrusted: boolean,
): CertificateError {
  const { subjectText: name } = issuer
  return new CertificateError(
    CertificateAlert.badCertificate,
    'CERT_SIGNATURE_FAILURE',
    isTrusted
      ? `${subjectText} is not signed by the key of the trusted ${name} (\`ca\`): another authority of that name signed it, or it was changed`
      : `${subjectText} is not signed by the key of ${name}`,
  )
}

function tooLong(detail: string): CertificateError {
  return new CertificateError(
    CertificateAlert.unknownCa,
    'CERT_CHAIN_TOO_LONG',
    `The certificate chain is too long: ${detail}`,
  )
}

function noIssuer(last: Certificate, length: number): CertificateError {
  const { subjectText, issuerText } = last
  if (last.selfIssued)
    return length === 1
      ? new CertificateError(
          CertificateAlert.unknownCa,
          'DEPTH_ZERO_SELF_SIGNED_CERT',
          `${subjectText} is self-signed and not among the trusted certificates (\`ca\`)`,
        )
      : new CertificateError(
          CertificateAlert.unknownCa,
          'SELF_SIGNED_CERT_IN_CHAIN',
          `The chain ends with ${subjectText}, which is self-signed and not among the trusted certificates (\`ca\`)`,
        )
  return new CertificateError(
    CertificateAlert.unknownCa,
    length === 1 ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    `The issuer of ${subjectText}, ${issuerText}, was not sent and is not among the trusted certificates (\`ca\`)`,
  )
}
