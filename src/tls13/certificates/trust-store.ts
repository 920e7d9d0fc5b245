import { equalBytes, toHex } from '../../bytes/index.ts'
import { ArgumentError } from './argument-error.ts'
import { Certificate, readSubject } from './certificate.ts'
import { CertificateError } from './certificate-error.ts'
import { readPemCertificates } from './pem.ts'

interface Entry {
  readonly der: Uint8Array
  /** Parsed when it is first asked for; null: it cannot be. */
  certificate: Certificate | null | undefined
}

/**
 * The certificates of the authorities that are trusted. Of each one only the subject is read until a
 * peer names it: the 150 of Node cost two milliseconds.
 */
export class TrustStore {
  readonly #bySubject = new Map<string, Entry[]>()

  private constructor(ders: readonly Uint8Array[]) {
    for (const [index, der] of ders.entries()) {
      const key = toHex(subjectOf(der, index))
      const entries = this.#bySubject.get(key)
      const entry: Entry = { der, certificate: undefined }
      if (entries === undefined) this.#bySubject.set(key, [entry])
      else if (!entries.some((other) => equalBytes(other.der, der))) entries.push(entry)
    }
  }

  /** From PEM bundles (text or bytes) and certificates in DER. Throws {@link ArgumentError}. */
  static fromPem(list: readonly (string | Uint8Array)[]): TrustStore {
    return new TrustStore(list.flatMap(readPemCertificates))
  }

  /** The certificates with this subject (a Name in DER, compared byte for byte). */
  findBySubject(subject: Uint8Array): readonly Certificate[] {
    const found: Certificate[] = []
    for (const entry of this.#bySubject.get(toHex(subject)) ?? []) {
      if (entry.certificate === undefined) entry.certificate = parseOrNull(entry.der)
      if (entry.certificate !== null) found.push(entry.certificate)
    }
    return found
  }

  /**
   * Whether a path may end with this certificate. As in Node and OpenSSL, those that are not
   * self-issued only help to find the way to one that is.
   */
  isAnchor(certificate: Certificate): boolean {
    return (
      certificate.selfIssued &&
      this.findBySubject(certificate.subject).some((own) => equalBytes(own.der, certificate.der))
    )
  }
}

function subjectOf(der: Uint8Array, index: number): Uint8Array {
  try {
    return readSubject(der)
  } catch (cause) {
    throw new ArgumentError(
      'ERR_INVALID_ARG_VALUE',
      `Certificate ${index + 1} of the trusted ones cannot be read`,
      { cause },
    )
  }
}

function parseOrNull(der: Uint8Array): Certificate | null {
  try {
    return Certificate.parse(der)
  } catch (error) {
    // Old roots of a system's store need not stop anybody: what cannot be read is not trusted.
    if (error instanceof CertificateError) return null
    throw error
  }
}
