import type { Writer } from '../bytes/index.ts'
import { MAX_WRITTEN_INTEGER, writePrefixInteger } from './prefix-integer.ts'

/** What the decoder says on its stream (RFC 9204 §4.4). */

/** RFC 9204 §4.4.1. */
export function writeSectionAcknowledgment(writer: Writer, streamId: number): void {
  writeInteger(writer, 0x80, 7, streamId)
}

/** RFC 9204 §4.4.2. */
export function writeStreamCancellation(writer: Writer, streamId: number): void {
  writeInteger(writer, 0x40, 6, streamId)
}

/** RFC 9204 §4.4.3. */
export function writeInsertCountIncrement(writer: Writer, increment: number): void {
  writeInteger(writer, 0x00, 6, increment)
}

function writeInteger(writer: Writer, pattern: number, prefixBits: number, value: number): void {
  const start = writer.reserve(MAX_WRITTEN_INTEGER)
  writer.position = writePrefixInteger(writer.bytes, start, pattern, prefixBits, value)
}
