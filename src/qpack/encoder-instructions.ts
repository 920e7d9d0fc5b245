import type { Writer } from '../bytes/index.ts'
import { MAX_WRITTEN_INTEGER, writePrefixInteger } from './prefix-integer.ts'
import { writeString } from './string-literal.ts'

/** What the encoder says on its stream (RFC 9204 §4.3). */

/** RFC 9204 §4.3.1. */
export function writeSetCapacity(writer: Writer, capacity: number): void {
  writeInteger(writer, 0x20, 5, capacity)
}

/** RFC 9204 §4.3.4; `relativeIndex` counts back from the newest entry. */
export function writeDuplicate(writer: Writer, relativeIndex: number): void {
  writeInteger(writer, 0x00, 5, relativeIndex)
}

/** RFC 9204 §4.3.2, with a name of the static table. */
export function writeInsertWithStaticName(writer: Writer, index: number, value: string): void {
  writeInsertWithName(writer, 0xc0, index, value)
}

/** RFC 9204 §4.3.2, with the name of an entry of the dynamic table. */
export function writeInsertWithDynamicName(
  writer: Writer,
  relativeIndex: number,
  value: string,
): void {
  writeInsertWithName(writer, 0x80, relativeIndex, value)
}

/** RFC 9204 §4.3.3. */
export function writeInsertWithLiteralName(writer: Writer, name: string, value: string): void {
  const start = room(writer, name.length + value.length)
  const at = writeString(writer.bytes, start, 0x40, 6, name)
  writer.position = writeString(writer.bytes, at, 0, 8, value)
}

function writeInsertWithName(writer: Writer, pattern: number, index: number, value: string): void {
  const start = room(writer, value.length)
  const at = writePrefixInteger(writer.bytes, start, pattern, 6, index)
  writer.position = writeString(writer.bytes, at, 0, 8, value)
}

function writeInteger(writer: Writer, pattern: number, prefixBits: number, value: number): void {
  const start = room(writer, 0)
  writer.position = writePrefixInteger(writer.bytes, start, pattern, prefixBits, value)
}

/**
 * Makes sure of room for two integers and `stringBytes`, without moving: an instruction that fails
 * half-way (a string that is not latin1) must leave nothing behind.
 */
export function room(writer: Writer, stringBytes: number): number {
  const start = writer.reserve(stringBytes + 2 * MAX_WRITTEN_INTEGER)
  writer.position = start
  return start
}
