import { context, DerError, DerReader, decodeNamedBits, decodeSmallInteger, Tag } from '../der.ts'
import { dnsNameText } from './distinguished-name.ts'
import { type NameConstraints, readNameConstraints } from './name-constraints.ts'

/** Bits of KeyUsage (RFC 5280 §4.2.1.3). */
export const KeyUsage = { digitalSignature: 1 << 0, keyCertSign: 1 << 5 } as const

/** Purposes of ExtendedKeyUsage (RFC 5280 §4.2.1.12). */
export const Purpose = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
} as const
export type Purpose = (typeof Purpose)[keyof typeof Purpose]

export interface BasicConstraints {
  readonly ca: boolean
  /** How many certificates of CAs may come between this one and the last; undefined: any number. */
  readonly pathLength: number | undefined
}

/** What the extensions of a certificate say (RFC 5280 §4.2). */
export interface Extensions {
  dnsNames: readonly string[]
  /** Four or sixteen bytes each. */
  ipAddresses: readonly Uint8Array[]
  /** Context tag numbers of the other kinds of names among the subject's alternative names. */
  otherNameKinds: ReadonlySet<number>
  basicConstraints: BasicConstraints | undefined
  keyUsage: number | undefined
  extendedKeyUsage: readonly string[] | undefined
  nameConstraints: NameConstraints | undefined
  /** Object identifiers of critical extensions that are not understood here. */
  unknownCritical: readonly string[]
}

/**
 * Policies are ignored, as RFC 5280 §6.1.1(c) has it when any policy will do. That holds unless
 * policyConstraints demands one: it stays unknown, and refused when critical.
 */
const HARMLESS_CRITICAL = new Set(['2.5.29.32', '2.5.29.33', '2.5.29.54'])

export function noExtensions(): Extensions {
  return {
    dnsNames: [],
    ipAddresses: [],
    otherNameKinds: new Set(),
    basicConstraints: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    nameConstraints: undefined,
    unknownCritical: [],
  }
}

/** Reads the contents of the `[3]` element. Throws {@link DerError}. */
export function readExtensions(explicit: Uint8Array): Extensions {
  const outer = new DerReader(explicit)
  const list = outer.enter(Tag.sequence)
  outer.finish()
  const found = noExtensions()
  const unknownCritical: string[] = []
  const seen = new Set<string>()
  while (!list.atEnd) {
    const extension = list.enter(Tag.sequence)
    const id = extension.readOid()
    const critical = extension.nextTag === Tag.boolean && extension.readBoolean()
    const value = extension.read(Tag.octetString)
    extension.finish()
    // RFC 5280 §4.2: not more than one instance of an extension.
    if (seen.has(id)) throw new DerError(`extension ${id} is there twice`)
    seen.add(id)
    if (!readKnown(found, id, value) && critical && !HARMLESS_CRITICAL.has(id))
      unknownCritical.push(id)
  }
  if (seen.size === 0) throw new DerError('the list of extensions is empty')
  found.unknownCritical = unknownCritical
  return found
}

function readKnown(found: Extensions, id: string, value: Uint8Array): boolean {
  const reader = new DerReader(value)
  switch (id) {
    case '2.5.29.15':
      found.keyUsage = decodeNamedBits(reader.read(Tag.bitString))
      break
    case '2.5.29.17':
      readSubjectAlternativeName(found, reader.enter(Tag.sequence))
      break
    case '2.5.29.19':
      found.basicConstraints = readBasicConstraints(reader.enter(Tag.sequence))
      break
    case '2.5.29.30':
      found.nameConstraints = readNameConstraints(reader.enter(Tag.sequence))
      break
    case '2.5.29.37':
      found.extendedKeyUsage = readPurposes(reader.enter(Tag.sequence))
      break
    default:
      return false
  }
  reader.finish()
  return true
}

function readSubjectAlternativeName(found: Extensions, names: DerReader): void {
  const dnsNames: string[] = []
  const ipAddresses: Uint8Array[] = []
  const otherNameKinds = new Set<number>()
  if (names.atEnd) throw new DerError('subjectAltName is empty')
  while (!names.atEnd) {
    const tag = names.nextTag
    const content = names.read(tag)
    if (tag === context(2)) {
      dnsNames.push(dnsNameText(content))
    } else if (tag === context(7)) {
      if (content.length !== 4 && content.length !== 16)
        throw new DerError('an iPAddress has neither 4 nor 16 bytes')
      ipAddresses.push(content)
    } else {
      if ((tag & 0xc0) !== 0x80 || (tag & 0x1f) > 8)
        throw new DerError('subjectAltName has a name of no kind')
      otherNameKinds.add(tag & 0x1f)
    }
  }
  found.dnsNames = dnsNames
  found.ipAddresses = ipAddresses
  found.otherNameKinds = otherNameKinds
}

function readBasicConstraints(fields: DerReader): BasicConstraints {
  const ca = fields.nextTag === Tag.boolean && fields.readBoolean()
  const length = fields.readOptional(Tag.integer)
  fields.finish()
  return { ca, pathLength: length === undefined ? undefined : decodeSmallInteger(length) }
}

function readPurposes(list: DerReader): string[] {
  const purposes: string[] = []
  if (list.atEnd) throw new DerError('extKeyUsage is empty')
  while (!list.atEnd) purposes.push(list.readOid())
  return purposes
}
