import { asciiText, DerError, DerReader, Tag } from '../der.ts'

const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

const utf8 = new TextDecoder('utf-8')
const utf16 = new TextDecoder('utf-16be')

/** The RelativeDistinguishedNames of a Name in DER, each with its tag and length. Throws {@link DerError}. */
export function relativeNames(nameDer: Uint8Array): Uint8Array[] {
  const outer = new DerReader(nameDer)
  const names = outer.enter(Tag.sequence)
  outer.finish()
  const found: Uint8Array[] = []
  while (!names.atEnd) found.push(names.readElement(Tag.set))
  return found
}

/**
 * A Name for people: `CN=example.com, O=Example`, in the order of the certificate. Control
 * characters become `?`, so that a name cannot forge lines of a log. Throws {@link DerError}.
 */
export function nameText(nameDer: Uint8Array): string {
  const parts: string[] = []
  for (const relative of relativeNames(nameDer)) {
    const attributes = new DerReader(relative).enter(Tag.set)
    do {
      const attribute = attributes.enter(Tag.sequence)
      const type = attribute.readOid()
      const valueTag = attribute.nextTag
      const value = attribute.read(valueTag)
      attribute.finish()
      parts.push(`${ATTRIBUTE_NAMES[type] ?? type}=${valueText(valueTag, value)}`)
    } while (!attributes.atEnd)
  }
  return parts.length === 0 ? '(no name)' : parts.join(', ')
}

function valueText(tag: number, value: Uint8Array): string {
  switch (tag) {
    case Tag.printableString:
    case Tag.ia5String:
    case Tag.utf8String:
    case Tag.teletexString:
      return withoutControls(utf8.decode(value))
    case Tag.bmpString:
      return withoutControls(utf16.decode(value))
    default:
      return '?'
  }
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

/** A dNSName, without white space or control characters. Throws {@link DerError}. */
export function dnsNameText(content: Uint8Array): string {
  const text = asciiText(content)
  if (text.length === 0 || text.includes(' ')) throw new DerError('a dNSName is no name')
  return text
}
