import { type DynamicTable, ENTRY_OVERHEAD, entrySize } from './dynamic-table.ts'
import { QPACK_ENCODER_STREAM_ERROR, QpackError } from './errors.ts'
import type { Field } from './field.ts'
import { InstructionBuffer } from './instruction-buffer.ts'
import { INCOMPLETE, PrefixReader, TOO_LARGE } from './prefix-integer.ts'
import { STATIC_TABLE } from './static-table.ts'
import { leastDecodedLength, readString } from './string-literal.ts'

/** Of the piece at work; one serves all connections. */
const READER = new PrefixReader()

/**
 * Carries out the instructions of the peer's encoder on our copy of its table (RFC 9204 §4.3).
 *
 * Of an instruction that is not complete no more is kept than an entry of the present capacity can
 * take: one that announces a longer string is refused at once.
 */
export class EncoderStreamReader {
  private readonly table: DynamicTable<Field>
  private readonly maxTableCapacity: number
  private readonly buffer = new InstructionBuffer()
  private stringStart = 0
  private stringEnd = 0
  private stringIsHuffman = false

  constructor(table: DynamicTable<Field>, maxTableCapacity: number) {
    this.table = table
    this.maxTableCapacity = maxTableCapacity
  }

  /** How many bytes of an incomplete instruction are kept. */
  get pending(): number {
    return this.buffer.pending
  }

  /** Throws {@link QpackError} with QPACK_ENCODER_STREAM_ERROR. */
  receive(bytes: Uint8Array): void {
    const joined = this.buffer.join(bytes)
    READER.start(joined)
    let done = 0
    while (READER.position < READER.end && this.instruction()) done = READER.position
    this.buffer.keep(joined, done)
    READER.release()
  }

  /** One instruction; false when its end has not come yet. */
  private instruction(): boolean {
    const first = READER.peek()
    if (first & 0x80) return this.insertWithName((first & 0x40) !== 0)
    if (first & 0x40) return this.insertWithLiteralName()
    if (first & 0x20) return this.setCapacity()
    return this.duplicate()
  }

  private integer(prefixBits: number): number {
    const value = READER.integer(prefixBits)
    if (value === TOO_LARGE) throw streamError('an integer of the encoder stream is too large')
    return value
  }

  private setCapacity(): boolean {
    const capacity = this.integer(5)
    if (capacity === INCOMPLETE) return false
    // RFC 9204 §4.3.1
    if (capacity > this.maxTableCapacity)
      throw streamError(`table capacity ${capacity} of at most ${this.maxTableCapacity}`)
    this.table.setCapacity(capacity)
    return true
  }

  private duplicate(): boolean {
    const relativeIndex = this.integer(5)
    if (relativeIndex === INCOMPLETE) return false
    this.insert(this.entry(relativeIndex))
    return true
  }

  private insertWithName(isStatic: boolean): boolean {
    const index = this.integer(6)
    if (index === INCOMPLETE) return false
    const named = isStatic ? STATIC_TABLE[index] : this.entry(index)
    if (named === undefined) throw streamError(`no static entry ${index}`) // RFC 9204 §3.1
    const { name } = named
    if (!this.findString(8, name.length)) return false
    this.insert({ name, value: this.takeString() })
    return true
  }

  private insertWithLiteralName(): boolean {
    if (!this.findString(6, 0)) return false
    const { stringStart, stringEnd, stringIsHuffman } = this
    const nameLength = leastDecodedLength(stringEnd - stringStart, stringIsHuffman)
    if (!this.findString(8, nameLength)) return false
    const name = readString(READER.bytes, stringStart, stringEnd, stringIsHuffman)
    if (name === undefined) throw streamError('a name is not valid Huffman code')
    this.insert({ name, value: this.takeString() })
    return true
  }

  /**
   * Moves over a string literal and notes where it is; false when not all of it is there. Beside
   * `others` bytes it must fit into the table.
   */
  private findString(prefixBits: number, others: number): boolean {
    if (READER.position >= READER.end) return false
    this.stringIsHuffman = (READER.peek() & (1 << (prefixBits - 1))) !== 0
    const length = this.integer(prefixBits - 1)
    if (length === INCOMPLETE) return false
    const least = leastDecodedLength(length, this.stringIsHuffman)
    if (least + others + ENTRY_OVERHEAD > this.table.capacity) throw this.tooLarge()
    if (length > READER.remaining) return false
    this.stringStart = READER.position
    READER.position += length
    this.stringEnd = READER.position
    return true
  }

  private takeString(): string {
    const { stringStart, stringEnd, stringIsHuffman } = this
    const text = readString(READER.bytes, stringStart, stringEnd, stringIsHuffman)
    if (text === undefined) throw streamError('a value is not valid Huffman code')
    return text
  }

  /** RFC 9204 §2.2.3, §3.2.5. */
  private entry(relativeIndex: number): Field {
    const entry = this.table.get(this.table.insertCount - 1 - relativeIndex)
    if (entry === undefined)
      throw streamError(`the encoder stream refers to entry -${relativeIndex}, which is not there`)
    return entry
  }

  private insert(field: Field): void {
    // RFC 9204 §3.2.2
    if (!this.table.makeRoom(entrySize(field))) throw this.tooLarge()
    this.table.insert(field)
  }

  private tooLarge(): QpackError {
    return streamError(`an entry is larger than the table's capacity, ${this.table.capacity}`)
  }
}

function streamError(reason: string): QpackError {
  return new QpackError(QPACK_ENCODER_STREAM_ERROR, reason)
}
