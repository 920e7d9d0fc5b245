/**
 * A reader of DER (X.690), as strict as DER is: one-byte tags, definite lengths in their shortest
 * form, nothing left over. Everything else throws {@link DerError}.
 */

export class DerError extends Error {
  override name = 'DerError'
}

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** The tag of a context-specific element: primitive, or constructed. */
export const context = (number: number): number => 0x80 | number
export const contextConstructed = (number: number): number => 0xa0 | number

/** A cursor over the elements of one DER value. What it returns are views. */
export class DerReader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length
  }

  /** The tag of the next element; 0, which DER never uses here, at the end. */
  get nextTag(): number {
    return this.#bytes[this.#position] ?? 0
  }

  /** The contents of the next element, which must have this tag. */
  read(tag: number): Uint8Array {
    const { contentStart, end } = this.#header(tag)
    this.#position = end
    return this.#bytes.subarray(contentStart, end)
  }

  /** The next element with its tag and length. */
  readElement(tag: number): Uint8Array {
    const start = this.#position
    const { end } = this.#header(tag)
    this.#position = end
    return this.#bytes.subarray(start, end)
  }

  /** The contents of the next element if it has this tag. */
  readOptional(tag: number): Uint8Array | undefined {
    return this.nextTag === tag ? this.read(tag) : undefined
  }

  /** A reader of the contents of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag))
  }

  readBoolean(): boolean {
    return decodeBoolean(this.read(Tag.boolean))
  }

  readOid(): string {
    return decodeOid(this.read(Tag.oid))
  }

  /** An INTEGER that is neither negative nor above 2^31-1. */
  readSmallInteger(): number {
    return decodeSmallInteger(this.read(Tag.integer))
  }

  finish(): void {
    if (!this.atEnd) throw new DerError('bytes are left over')
  }

  #header(tag: number): { contentStart: number; end: number } {
    const bytes = this.#bytes
    const actual = bytes[this.#position]
    if (actual !== tag)
      throw new DerError(
        actual === undefined
          ? `tag 0x${tag.toString(16)} expected at the end`
          : `tag 0x${tag.toString(16)} expected, 0x${actual.toString(16)} found`,
      )
    let position = this.#position + 1
    let length = bytes[position++]
    if (length === undefined) throw new DerError('an element is cut short')
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 3) throw new DerError('a length is indefinite or too large')
      if (bytes.length - position < count) throw new DerError('an element is cut short')
      length = 0
      for (let i = 0; i < count; i++) length = (length << 8) | bytes[position++]!
      if (length < 0x80 || length < 1 << (8 * (count - 1)))
        throw new DerError('a length is not in its shortest form')
    }
    if (bytes.length - position < length) throw new DerError('an element is cut short')
    return { contentStart: position, end: position + length }
  }
}

export function decodeBoolean(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError('a BOOLEAN is neither 0x00 nor 0xff')
  return content[0] === 0xff
}

export function decodeSmallInteger(content: Uint8Array): number {
  checkInteger(content)
  if (content[0]! >= 0x80 || content.length > 4)
    throw new DerError('an INTEGER is negative or too large')
  let value = 0
  for (const byte of content) value = (value << 8) | byte
  return value
}

/** Refuses the contents of an INTEGER that are empty or not in their shortest form. */
export function checkInteger(content: Uint8Array): void {
  const [first, second] = content
  if (first === undefined) throw new DerError('an INTEGER is empty')
  if (second === undefined) return
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    throw new DerError('an INTEGER is not in its shortest form')
}

/** The bytes of an INTEGER that is not negative, the sign's zero left out; none for 0. */
export function decodeUnsigned(content: Uint8Array): Uint8Array {
  checkInteger(content)
  if (content[0]! >= 0x80) throw new DerError('an INTEGER is negative')
  return content[0] === 0 ? content.subarray(1) : content
}

export function decodeOid(content: Uint8Array): string {
  if (content.length === 0 || content[content.length - 1]! >= 0x80)
    throw new DerError('an OBJECT IDENTIFIER is cut short')
  let text = ''
  let arc = 0
  let first = true
  for (let i = 0; i < content.length; i++) {
    const byte = content[i]!
    if (arc === 0 && byte === 0x80) throw new DerError('an OBJECT IDENTIFIER is padded')
    // No arc of interest is above 2^32; a larger one makes this a name that we do not know, no more.
    arc = arc * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (first) {
      const root = arc < 40 ? 0 : arc < 80 ? 1 : 2
      text = `${root}.${arc - root * 40}`
      first = false
    } else {
      text += `.${arc}`
    }
    arc = 0
  }
  return text
}

/** A BIT STRING of whole bytes: keys and signatures. */
export function decodeBitString(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new DerError('a BIT STRING does not end with a whole byte')
  return content.subarray(1)
}

/** A BIT STRING with named bits as a number: named bit 0 is the number's bit 0. At most 32 bits. */
export function decodeNamedBits(content: Uint8Array): number {
  const [unused] = content
  if (unused === undefined || unused > 7 || content.length > 5 || (content.length === 1 && unused))
    throw new DerError('a BIT STRING is malformed')
  let bits = 0
  for (let i = 0; i < (content.length - 1) * 8 - unused; i++)
    if (content[1 + (i >>> 3)]! & (0x80 >>> (i & 7))) bits |= 1 << i
  return bits >>> 0
}

/**
 * UTCTime or GeneralizedTime in the form that RFC 5280 §4.1.2.5 asks for (seconds, no fraction, Z),
 * in milliseconds since 1970.
 */
export function readTime(reader: DerReader): number {
  const utc = reader.nextTag === Tag.utcTime
  const text = asciiText(reader.read(utc ? Tag.utcTime : Tag.generalizedTime))
  if (!(utc ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) throw new DerError('a time is malformed')
  const yearDigits = utc ? 2 : 4
  const year = Number(text.slice(0, yearDigits))
  const part = (index: number) =>
    Number(text.slice(yearDigits + 2 * index, yearDigits + 2 * index + 2))
  const [month, day, hour, minute, second] = [part(0), part(1), part(2), part(3), part(4)]
  const fullYear = utc ? (year >= 50 ? 1900 : 2000) + year : year
  const time = new Date(0)
  time.setUTCFullYear(fullYear, month - 1, day)
  time.setUTCHours(hour, minute, second)
  // Date rolls 31 April over to 1 May: such a time is no time.
  if (
    time.getUTCMonth() !== month - 1 ||
    time.getUTCDate() !== day ||
    time.getUTCHours() !== hour ||
    minute > 59 ||
    second > 59
  )
    throw new DerError('a time does not exist')
  return time.getTime()
}

/** Text of printable ASCII; throws {@link DerError} on anything else. */
export function asciiText(content: Uint8Array): string {
  let text = ''
  for (const byte of content) {
    if (byte < 0x20 || byte > 0x7e) throw new DerError('a text has characters outside ASCII')
    text += String.fromCharCode(byte)
  }
  return text
}
