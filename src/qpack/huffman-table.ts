/**
 * The Huffman code of RFC 7541 appendix B. It is canonical (codes of one length ascend with their
 * symbols), so that the lengths say it all.
 */

/** Bits of the code of each byte; the last one is EOS. */
export const CODE_LENGTHS: Uint8Array = Uint8Array.from(
  `
    13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28
    28 28 28 28 28 28 28 28 6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6
    5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 13 6 7 7 7 7 7 7
    7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
    15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7
    7 7 7 15 11 14 13 28 20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23
    24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24 22 21 20 22 22 23 23 21
    23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
    26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24
    21 21 26 26 28 27 27 27 20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23
    26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26 30
  `
    .trim()
    .split(/\s+/),
  Number,
)

export const EOS = 256

/** The code of each symbol, in its low bits. */
export const CODES: Uint32Array = canonicalCodes(CODE_LENGTHS)

function canonicalCodes(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length)
  let code = 0
  for (let length = 1; length <= 30; length++) {
    code *= 2
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === length) codes[symbol] = code++
  }
  return codes
}

/**
 * The decoder: a state is an inner node of the code tree, 0 the root, and takes four bits at a time.
 * At `state << 4 | nibble` stands the next state in the low byte, the symbol that was completed in the
 * second one if EMITS is set; FAILS marks the way to EOS. Four bits never complete two symbols.
 */
export const EMITS = 0x10000
export const FAILS = 0x20000

/** Whether an input may end in a state: behind at most seven ones (RFC 7541 §5.2). */
export const ACCEPTS: Uint8Array = new Uint8Array(EOS)
export const TRANSITIONS: Uint32Array = transitions()

function transitions(): Uint32Array {
  const children = codeTree()
  const table = new Uint32Array(EOS * 16)
  for (let state = 0; state < EOS; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state
      let entry = 0
      for (let bit = 3; bit >= 0; bit--) {
        const next = children[node * 2 + ((nibble >>> bit) & 1)]!
        if (next >= 0) {
          node = next
          continue
        }
        const symbol = -1 - next
        entry = symbol === EOS ? FAILS : EMITS | (symbol << 8)
        node = 0
        if (symbol === EOS) break
      }
      table[(state << 4) | nibble] = entry | node
    }
  }
  let node = 0
  for (let ones = 0; ones <= 7; ones++) {
    ACCEPTS[node] = 1
    node = children[node * 2 + 1]!
  }
  return table
}

/** Two children a node: another inner node, or -1 - symbol. A code of 257 leaves has 256 of them. */
function codeTree(): Int16Array {
  const children = new Int16Array(EOS * 2)
  let nodes = 1
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = CODES[symbol]!
    let node = 0
    for (let bit = CODE_LENGTHS[symbol]! - 1; bit > 0; bit--) {
      const slot = node * 2 + ((code >>> bit) & 1)
      if (children[slot] === 0) children[slot] = nodes++
      node = children[slot]!
    }
    children[node * 2 + (code & 1)] = -1 - symbol
  }
  return children
}
