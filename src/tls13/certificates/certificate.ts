import { equalBytes } from '../../bytes/index.ts'
import {
  checkInteger,
  context,
  contextConstructed,
  DerError,
  DerReader,
  decodeBitString,
  readTime,
  Tag,
} from '../der.ts'
import {
  type KeyKind,
  readKeyKind,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './algorithms.ts'
import { type CertificateError, malformed } from './certificate-error.ts'
import { nameText, relativeNames } from './distinguished-name.ts'
import {
  type BasicConstraints,
  type Extensions,
  noExtensions,
  readExtensions,
} from './extensions.ts'
import type { NameConstraints } from './name-constraints.ts'

/** A parsed X.509 certificate (RFC 5280 §4). It says what it says: nothing of it is verified. */
export class Certificate {
  readonly der: Uint8Array
  /** The part that is signed, and the signature. */
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** 1, 2 or 3. */
  readonly version: number
  /** The contents of the INTEGER. */
  readonly serialNumber: Uint8Array
  /** Names in DER. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  /** The subject's RelativeDistinguishedNames; none: its names are the alternative ones. */
  readonly subjectParts: readonly Uint8Array[]
  /** Milliseconds since 1970; both ends belong to the time of validity. */
  readonly notBefore: number
  readonly notAfter: number
  /** The SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array
  readonly keyKind: KeyKind
  /** Bits of the RSA modulus, or of the curve's order. */
  readonly keyBits: number
  readonly #extensions: Extensions

  private constructor(der: Uint8Array) {
    const outer = new DerReader(der)
    const certificate = outer.enter(Tag.sequence)
    outer.finish()
    this.der = der
    this.tbs = certificate.readElement(Tag.sequence)
    const algorithm = certificate.read(Tag.sequence)
    this.signatureAlgorithm = readSignatureAlgorithm(new DerReader(algorithm))
    this.signature = decodeBitString(certificate.read(Tag.bitString))
    certificate.finish()

    const fields = new DerReader(this.tbs).enter(Tag.sequence)
    this.version = readVersion(fields)
    this.serialNumber = fields.read(Tag.integer)
    checkInteger(this.serialNumber)
    // RFC 5280 §4.1.1.2: only one of the two places is signed, so they must agree.
    if (!equalBytes(fields.read(Tag.sequence), algorithm))
      throw new DerError('its two signature algorithms differ')
    this.issuer = fields.readElement(Tag.sequence)
    const validity = fields.enter(Tag.sequence)
    this.notBefore = readTime(validity)
    this.notAfter = readTime(validity)
    validity.finish()
    this.subject = fields.readElement(Tag.sequence)
    this.subjectParts = relativeNames(this.subject)
    this.spki = fields.readElement(Tag.sequence)
    const key = readKeyKind(new DerReader(this.spki).enter(Tag.sequence))
    this.keyKind = key.kind
    this.keyBits = key.bits
    fields.readOptional(context(1))
    fields.readOptional(context(2))
    const extensions = fields.readOptional(contextConstructed(3))
    fields.finish()
    if (extensions !== undefined && this.version !== 3)
      throw new DerError(`it has extensions, but version ${this.version}`)
    this.#extensions = extensions === undefined ? noExtensions() : readExtensions(extensions)
  }

  /** Throws {@link CertificateError} (`bad_certificate`, `CERT_MALFORMED`). */
  static parse(der: Uint8Array): Certificate {
    try {
      return new Certificate(der)
    } catch (error) {
      if (error instanceof DerError) throw malformed(error.message)
      throw error
    }
  }

  /** The subject's name for people: `CN=example.com, O=Example`. */
  get subjectText(): string {
    return textOrRemark(this.subject)
  }

  get issuerText(): string {
    return textOrRemark(this.issuer)
  }

  /** Whether subject and issuer have one name: so it is with self-signed certificates. */
  get selfIssued(): boolean {
    return equalBytes(this.subject, this.issuer)
  }

  /** As the certificate writes them: any case, perhaps with a wildcard. */
  get dnsNames(): readonly string[] {
    return this.#extensions.dnsNames
  }

  /** Four or sixteen bytes each. */
  get ipAddresses(): readonly Uint8Array[] {
    return this.#extensions.ipAddresses
  }

  /** Context tag numbers of the GeneralNames that are neither host names nor addresses. */
  get otherNameKinds(): ReadonlySet<number> {
    return this.#extensions.otherNameKinds
  }

  get basicConstraints(): BasicConstraints | undefined {
    return this.#extensions.basicConstraints
  }

  /** Bits as in `KeyUsage`; undefined: not restricted. */
  get keyUsage(): number | undefined {
    return this.#extensions.keyUsage
  }

  /** Object identifiers; undefined: not restricted. */
  get extendedKeyUsage(): readonly string[] | undefined {
    return this.#extensions.extendedKeyUsage
  }

  get nameConstraints(): NameConstraints | undefined {
    return this.#extensions.nameConstraints
  }

  get unknownCriticalExtensions(): readonly string[] {
    return this.#extensions.unknownCritical
  }
}

/** The subject of a certificate in DER, without a look at the rest. Throws {@link CertificateError}. */
export function readSubject(der: Uint8Array): Uint8Array {
  try {
    const fields = new DerReader(der).enter(Tag.sequence).enter(Tag.sequence)
    readVersion(fields)
    fields.read(Tag.integer)
    fields.read(Tag.sequence)
    fields.read(Tag.sequence)
    fields.read(Tag.sequence)
    return fields.readElement(Tag.sequence)
  } catch (error) {
    if (error instanceof DerError) throw malformed(error.message)
    throw error
  }
}

function readVersion(fields: DerReader): number {
  const explicit = fields.readOptional(contextConstructed(0))
  if (explicit === undefined) return 1
  const reader = new DerReader(explicit)
  const version = reader.readSmallInteger() + 1
  reader.finish()
  if (version > 3) throw new DerError(`version ${version} is unknown`)
  return version
}

function textOrRemark(name: Uint8Array): string {
  try {
    return nameText(name)
  } catch (error) {
    if (error instanceof DerError) return '(unreadable name)'
    throw error
  }
}
