import { Buffer } from 'node:buffer'
import { huffmanLength, readHuffman, writeHuffman } from './huffman.ts'
import { MAX_RETAINED_BUFFER } from './limits.ts'
import { writePrefixInteger } from './prefix-integer.ts'

let scratch = Buffer.alloc(4096)

function scratchOf(length: number): Buffer {
  if (length <= scratch.length) return scratch
  const larger = Buffer.alloc(length)
  if (length <= MAX_RETAINED_BUFFER) scratch = larger
  return larger
}

/**
 * Writes a string literal (RFC 9204 §4.1.2) behind `pattern` and returns the position behind it; of
 * the `prefixBits` the first is the H flag. Huffman code is used where it is shorter.
 */
export function writeString(
  out: Uint8Array,
  position: number,
  pattern: number,
  prefixBits: number,
  text: string,
): number {
  const length = huffmanLength(text)
  const lengthBits = prefixBits - 1
  if (length < text.length) {
    const flag = 1 << lengthBits
    const at = writePrefixInteger(out, position, pattern | flag, lengthBits, length)
    return writeHuffman(out, at, text)
  }
  let at = writePrefixInteger(out, position, pattern, lengthBits, text.length)
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i)
  return at
}

/** The text of the string in bytes [start, end); undefined when its Huffman code is not valid. */
export function readString(
  bytes: Uint8Array,
  start: number,
  end: number,
  huffman: boolean,
): string | undefined {
  const length = end - start
  if (length === 0) return ''
  if (huffman) {
    // The shortest code has five bits.
    const buffer = scratchOf(Math.ceil((length * 8) / 5))
    const decoded = readHuffman(bytes, start, end, buffer)
    return decoded < 0 ? undefined : buffer.toString('latin1', 0, decoded)
  }
  const buffer = scratchOf(length)
  for (let i = 0; i < length; i++) buffer[i] = bytes[start + i]!
  return buffer.toString('latin1', 0, length)
}

/** The fewest bytes that a string literal of `length` encoded bytes can decode to. */
export function leastDecodedLength(length: number, huffman: boolean): number {
  // The longest code has 30 bits; up to seven more are padding.
  return huffman ? Math.max(0, Math.floor((length * 8 - 7) / 30)) : length
}
