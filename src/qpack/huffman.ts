import { ACCEPTS, CODE_LENGTHS, CODES, EMITS, FAILS, TRANSITIONS } from './huffman-table.ts'

/** Bytes that `text` (latin1) takes in Huffman code; `RangeError` when it is not latin1. */
export function huffmanLength(text: string): number {
  let bits = 0
  let seen = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i)
    seen |= byte
    bits += CODE_LENGTHS[byte & 0xff]!
  }
  if (seen > 0xff) throw new RangeError('a field holds a character above U+00FF')
  return (bits + 7) >>> 3
}

/** Writes the Huffman code of `text`, padded with ones, and returns the position behind it. */
export function writeHuffman(out: Uint8Array, position: number, text: string): number {
  let at = position
  let bits = 0
  let pending = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i)
    let code = CODES[symbol]!
    let length = CODE_LENGTHS[symbol]!
    if (length > 24) {
      // With seven bits pending only 24 more fit: the upper bits of a long code go first.
      const upper = length - 16
      bits = (bits << upper) | (code >>> 16)
      pending += upper
      while (pending >= 8) {
        pending -= 8
        out[at++] = bits >>> pending
      }
      code &= 0xffff
      length = 16
    }
    bits = (bits << length) | code
    pending += length
    while (pending >= 8) {
      pending -= 8
      out[at++] = bits >>> pending
    }
    bits &= 0xff
  }
  if (pending > 0) out[at++] = (bits << (8 - pending)) | (0xff >>> pending)
  return at
}

/**
 * Decodes bytes [start, end) to the front of `out`, which must have room for 8/5 of them, and returns
 * how many bytes came out; -1 when EOS is in it or the padding is not up to seven ones (RFC 7541 §5.2).
 */
export function readHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
): number {
  let state = 0
  let at = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    const first = TRANSITIONS[(state << 4) | (byte >>> 4)]!
    if (first & EMITS) out[at++] = first >>> 8
    const second = TRANSITIONS[((first & 0xff) << 4) | (byte & 15)]!
    if (second & EMITS) out[at++] = second >>> 8
    if ((first | second) & FAILS) return -1
    state = second & 0xff
  }
  return ACCEPTS[state] === 1 ? at : -1
}
