import type { DynamicTable } from './dynamic-table.ts'
import { ENTRY_OVERHEAD } from './dynamic-table.ts'
import { QPACK_DECOMPRESSION_FAILED, QpackError } from './errors.ts'
import type { Field } from './field.ts'
import { PrefixReader } from './prefix-integer.ts'
import { STATIC_TABLE } from './static-table.ts'
import { leastDecodedLength, readString } from './string-literal.ts'

/** Of the section at work; one serves all connections. */
const READER = new PrefixReader()

/** Reads encoded field sections (RFC 9204 §4.5) with the table as it stands. */
export class FieldSectionReader {
  private readonly table: DynamicTable<Field>
  private readonly maxEntries: number
  private readonly maxSize: number
  private readonly maxFields: number
  private requiredInsertCount = 0
  private base = 0
  private size = 0

  /**
   * @param maxEntries entries that fit into a table of the capacity that our SETTINGS allow
   * @param maxSize of a section: names, values and 32 bytes a line (RFC 9114 §4.2.2)
   */
  constructor(table: DynamicTable<Field>, maxEntries: number, maxSize: number, maxFields: number) {
    this.table = table
    this.maxEntries = maxEntries
    this.maxSize = maxSize
    this.maxFields = maxFields
  }

  /** The Required Insert Count of a section, to be known by the table as it stands now. */
  readRequiredInsertCount(section: Uint8Array): number {
    READER.start(section)
    const encoded = this.integer(8)
    if (encoded === 0) return 0
    // RFC 9204 §4.5.1.1; without a table the range is 0 and any other value is refused.
    const fullRange = 2 * this.maxEntries
    if (encoded > fullRange) throw failed('the Required Insert Count is out of range')
    const maxValue = this.table.insertCount + this.maxEntries
    const maxWrapped = Math.floor(maxValue / fullRange) * fullRange
    let required = maxWrapped + encoded - 1
    if (required > maxValue) {
      if (required <= fullRange) throw failed('the Required Insert Count is ahead of its range')
      required -= fullRange
    }
    if (required === 0) throw failed('a Required Insert Count of 0 is not written as 0')
    return required
  }

  /**
   * The field lines of a section whose Required Insert Count the table has reached; undefined when
   * they are more than we take, of which no more is read than shows it.
   */
  read(section: Uint8Array, requiredInsertCount: number): Field[] | undefined {
    READER.start(section)
    this.integer(8)
    this.requiredInsertCount = requiredInsertCount
    this.readBase()
    this.size = 0
    const { maxSize, maxFields } = this
    const fields: Field[] = []
    while (READER.position < READER.end) {
      const field = this.fieldLine()
      if (field === undefined) return undefined
      this.size += field.name.length + field.value.length + ENTRY_OVERHEAD
      if (this.size > maxSize || fields.length === maxFields) return undefined
      fields.push(field)
    }
    READER.release()
    return fields
  }

  private integer(prefixBits: number): number {
    const value = READER.integer(prefixBits)
    if (value < 0) throw failed('an integer is cut short or too large')
    return value
  }

  /** RFC 9204 §4.5.1.2 */
  private readBase(): void {
    const { requiredInsertCount } = this
    const isNegative = READER.position < READER.end && (READER.peek() & 0x80) !== 0
    const delta = this.integer(7)
    if (isNegative) {
      if (requiredInsertCount <= delta) throw failed('the Base is negative')
      this.base = requiredInsertCount - delta - 1
    } else {
      this.base = requiredInsertCount + delta
      // Without dynamic references any Base will do; with them the sums must stay exact.
      if (requiredInsertCount > 0 && this.base >= Number.MAX_SAFE_INTEGER)
        throw failed('the Base is out of range')
    }
  }

  /** One field line; undefined when a string alone is longer than a section may be. */
  private fieldLine(): Field | undefined {
    const first = READER.peek()
    if (first & 0x80) {
      const index = this.integer(6)
      return first & 0x40 ? staticEntry(index) : this.dynamicEntry(this.base - 1 - index)
    }
    if (first & 0x40) {
      const index = this.integer(4)
      const named = first & 0x10 ? staticEntry(index) : this.dynamicEntry(this.base - 1 - index)
      return this.withValue(named.name, (first & 0x20) !== 0)
    }
    if (first & 0x20) {
      const name = this.string(4)
      return name === undefined ? undefined : this.withValue(name, (first & 0x10) !== 0)
    }
    if (first & 0x10) return this.dynamicEntry(this.base + this.integer(4))
    const named = this.dynamicEntry(this.base + this.integer(3))
    return this.withValue(named.name, (first & 0x08) !== 0)
  }

  private withValue(name: string, sensitive: boolean): Field | undefined {
    const value = this.string(8)
    if (value === undefined) return undefined
    return sensitive ? { name, value, sensitive: true } : { name, value }
  }

  private string(prefixBits: number): string | undefined {
    if (READER.position >= READER.end) throw failed('a field line is cut short')
    const huffman = (READER.peek() & (1 << (prefixBits - 1))) !== 0
    const length = this.integer(prefixBits - 1)
    if (length > READER.remaining) throw failed('a string is cut short')
    if (this.size + leastDecodedLength(length, huffman) > this.maxSize) return undefined
    const start = READER.position
    READER.position += length
    const text = readString(READER.bytes, start, READER.position, huffman)
    if (text === undefined) throw failed('a string is not valid Huffman code')
    return text
  }

  /** RFC 9204 §2.2.3 */
  private dynamicEntry(index: number): Field {
    const entry = index < this.requiredInsertCount ? this.table.get(index) : undefined
    if (entry === undefined)
      throw failed(`a field line refers to dynamic entry ${index}, which it may not`)
    return entry
  }
}

/** RFC 9204 §3.1 */
function staticEntry(index: number): Field {
  const entry = STATIC_TABLE[index]
  if (entry === undefined) throw failed(`no static entry ${index}`)
  return entry
}

function failed(reason: string): QpackError {
  return new QpackError(QPACK_DECOMPRESSION_FAILED, reason)
}
