import { Writer } from '../bytes/index.ts'
import { room } from './encoder-instructions.ts'
import { MAX_RETAINED_BUFFER } from './limits.ts'
import { MAX_WRITTEN_INTEGER, writePrefixInteger } from './prefix-integer.ts'
import { writeString } from './string-literal.ts'

/** Room before the field lines for the prefix, which is known only after them. */
const PREFIX_ROOM = 2 * MAX_WRITTEN_INTEGER

/** Writes one encoded field section at a time (RFC 9204 §4.5). */
export class FieldLineWriter {
  private writer = Writer.growable(1024)
  private base = 0

  /** @param base the insert count now: older entries are below it, those inserted from now on above */
  start(base: number): void {
    if (this.writer.bytes.length > MAX_RETAINED_BUFFER) this.writer = Writer.growable(1024)
    this.writer.position = PREFIX_ROOM
    this.base = base
  }

  /** RFC 9204 §4.5.2. */
  indexedStatic(index: number): void {
    this.integer(0xc0, 6, index)
  }

  /** RFC 9204 §4.5.2 or, above the Base, §4.5.3. */
  indexedDynamic(index: number): void {
    if (index < this.base) this.integer(0x80, 6, this.base - 1 - index)
    else this.integer(0x10, 4, index - this.base)
  }

  /** RFC 9204 §4.5.4; `never` sets the N bit. */
  literalWithStaticName(index: number, value: string, never: boolean): void {
    this.literalWithName(never ? 0x70 : 0x50, 4, index, value)
  }

  /** RFC 9204 §4.5.4 or, above the Base, §4.5.5. */
  literalWithDynamicName(index: number, value: string): void {
    if (index < this.base) this.literalWithName(0x40, 4, this.base - 1 - index, value)
    else this.literalWithName(0x00, 3, index - this.base, value)
  }

  /** RFC 9204 §4.5.6; `never` sets the N bit. */
  literal(name: string, value: string, never: boolean): void {
    const { writer } = this
    const start = room(writer, name.length + value.length)
    const at = writeString(writer.bytes, start, never ? 0x30 : 0x20, 4, name)
    writer.position = writeString(writer.bytes, at, 0, 8, value)
  }

  /** Puts the prefix before the lines (RFC 9204 §4.5.1) and returns a copy of the whole. */
  finish(requiredInsertCount: number, maxEntries: number): Uint8Array {
    const { writer, base } = this
    const { bytes } = writer
    let encodedCount = 0
    let sign = 0
    let delta = 0
    if (requiredInsertCount > 0) {
      encodedCount = (requiredInsertCount % (2 * maxEntries)) + 1
      sign = base < requiredInsertCount ? 0x80 : 0
      delta = sign === 0 ? base - requiredInsertCount : requiredInsertCount - base - 1
    }
    const length = writePrefixInteger(
      bytes,
      writePrefixInteger(bytes, 0, 0, 8, encodedCount),
      sign,
      7,
      delta,
    )
    const start = PREFIX_ROOM - length
    bytes.copyWithin(start, 0, length)
    return bytes.slice(start, writer.position)
  }

  private integer(pattern: number, prefixBits: number, value: number): void {
    const { writer } = this
    const start = room(writer, 0)
    writer.position = writePrefixInteger(writer.bytes, start, pattern, prefixBits, value)
  }

  private literalWithName(pattern: number, prefixBits: number, index: number, value: string): void {
    const { writer } = this
    const start = room(writer, value.length)
    const at = writePrefixInteger(writer.bytes, start, pattern, prefixBits, index)
    writer.position = writeString(writer.bytes, at, 0, 8, value)
  }
}
