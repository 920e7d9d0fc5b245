/**
 * The half of AES-GCM that node:crypto has no lasting object for: GHASH, and the XOR with the key
 * stream. Without tables that are read at secret places and without branches on secrets: the one
 * lookup is `i8x16.swizzle`, an instruction that takes the same time for all indices.
 *
 * GHASH (NIST SP 800-38D §6.4) multiplies by the hash key H in GF(2^128). For a byte b of the block,
 * b·H has 17 bytes, and byte k of it is the XOR of two entries of 16-byte tables: one by b's upper four
 * bits, one by its lower four. A swizzle looks up 16 bytes of a block at once; the 17 results are then
 * added, each shifted by one byte more, to a product of 32 bytes, which is reduced. Two blocks, by H²
 * and H, share one product.
 *
 * In vectors the bytes of a block are reversed, so that the whole is a number whose top bit is x^0:
 * multiplying by x is then a shift to the right.
 */
import {
  assemble,
  assign,
  type Code,
  doWhile,
  get,
  i32,
  v128,
  type WasmFunction,
  when,
} from './assembler.ts'

export const BLOCK = 16
/** 17 tables for upper halves of bytes, and 17 for lower ones. */
export const TABLE_LENGTH = 2 * 17 * BLOCK

/** Bytes of additional data at most: headers of packets are shorter, but for Initials with a token. */
export const MAX_AAD = 128
/** Bytes of text at most: from about 4 KiB on, node:crypto is faster. */
export const MAX_TEXT = 2048

/** Where things are in the memory. */
export const Address = {
  /** Tables of H, then of H². */
  tables: 0,
  nonce: 2 * TABLE_LENGTH,
  /** What GHASH found. */
  hash: 2 * TABLE_LENGTH + BLOCK,
  /** Where the lengths are written to be reversed. */
  lengths: 2 * TABLE_LENGTH + 2 * BLOCK,
  /** Blocks of nonce and counter: the first is for the tag. */
  counters: 2048,
  keyStream: 2048 + MAX_TEXT + BLOCK,
  /** The text; before it the additional data up to here, behind it tag or lengths. */
  text: 2048 + 2 * (MAX_TEXT + BLOCK) + MAX_AAD + BLOCK,
} as const

const PAGES = 1
const REVERSED = [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
const ONE_BYTE_ON = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
const HALVES_SWAPPED = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]
const half = (byte: number): readonly number[] => new Array<number>(8).fill(byte)

const ZERO = v128.of([...half(0), ...half(0)])
const LOW_HALF = v128.of([...half(0xff), ...half(0)])
const HIGH_HALF = v128.of([...half(0), ...half(0xff)])
const LOW_NIBBLES = v128.of([...half(0x0f), ...half(0x0f)])

const reverse = (value: Code): Code => v128.shuffle(value, ZERO, REVERSED)
const next = (local: number, bytes: number): Code =>
  assign(local, i32.add(get(local), i32.of(bytes)))
/** `length` rounded up to whole blocks. */
const padded = (length: Code): Code => i32.and(i32.add(length, i32.of(BLOCK - 1)), i32.of(-BLOCK))

/** GHASH of an even number of blocks, to `Address.hash`. */
function ghash(position: number, end: number, vectors: number): Code {
  const [hash, upperA, lowerA, upperB, lowerB, low, high, carried] = Array.from(
    { length: GHASH_VECTORS },
    (_, index) => vectors + index,
  ) as [number, number, number, number, number, number, number, number]
  const entry = (table: number, nibbles: number): Code =>
    v128.swizzle(v128.load(i32.of(Address.tables), table * BLOCK), get(nibbles))
  const byteOfProducts = (k: number): Code =>
    v128.xor(entry(k, upperB), entry(17 + k, lowerB), entry(34 + k, upperA), entry(51 + k, lowerA))
  const nibbles = (upper: number, lower: number, block: number): Code => [
    ...assign(upper, v128.and(v128.shiftRight64(get(block), 4), LOW_NIBBLES)),
    ...assign(lower, v128.and(get(block), LOW_NIBBLES)),
  ]
  const twoBlocks: Code = [
    ...assign(hash, v128.xor(get(hash), reverse(v128.load(get(position))))),
    ...nibbles(upperA, lowerA, hash),
    ...assign(hash, reverse(v128.load(get(position), BLOCK))),
    ...nibbles(upperB, lowerB, hash),
    // `low` has the powers of x up to 127, `high` the others.
    ...assign(low, byteOfProducts(16)),
    ...assign(high, ZERO),
    ...Array.from({ length: 16 }, (_, index) => 15 - index).flatMap((k) => [
      ...assign(high, v128.shuffle(get(high), get(low), ONE_BYTE_ON)),
      ...assign(low, v128.xor(v128.shuffle(get(low), ZERO, ONE_BYTE_ON), byteOfProducts(k))),
    ]),
    // x^128 = 1 + x + x^2 + x^7: what the shifts by 1, 2 and 7 push out of a half is carried on.
    ...assign(
      carried,
      v128.xor(
        v128.shiftLeft64(get(high), 63),
        v128.shiftLeft64(get(high), 62),
        v128.shiftLeft64(get(high), 57),
      ),
    ),
    ...assign(carried, v128.shuffle(get(carried), ZERO, HALVES_SWAPPED)),
    ...assign(high, v128.xor(get(high), v128.and(get(carried), HIGH_HALF))),
    ...assign(
      hash,
      v128.xor(
        get(low),
        get(high),
        v128.shiftRight64(get(high), 1),
        v128.shiftRight64(get(high), 2),
        v128.shiftRight64(get(high), 7),
        v128.and(get(carried), LOW_HALF),
      ),
    ),
    ...next(position, 2 * BLOCK),
  ]
  return [
    ...assign(hash, ZERO),
    ...doWhile(twoBlocks, i32.isBelow(get(position), get(end))),
    ...v128.store(i32.of(Address.hash), reverse(get(hash))),
  ]
}

const GHASH_VECTORS = 8

/** XORs the key stream to the text, up to `end` and the end of that block. */
function crypt(end: Code, position: number, keyStream: number): Code {
  return [
    ...assign(position, i32.of(Address.text)),
    // The first block of it is the tag's.
    ...assign(keyStream, i32.of(Address.keyStream + BLOCK)),
    ...doWhile(
      [
        ...v128.store(get(position), v128.xor(v128.load(get(position)), v128.load(get(keyStream)))),
        ...next(position, BLOCK),
        ...next(keyStream, BLOCK),
      ],
      i32.isBelow(get(position), end),
    ),
  ]
}

/**
 * `begin(textLength)`: writes the nonce into the counter blocks, and zeros where the additional data
 * goes.
 */
function begin(): WasmFunction {
  const [textLength, position, end, nonce] = [0, 1, 2, 3] as const
  const lanes = [0, 1, 2] as const
  return {
    name: 'begin',
    parameters: 1,
    hasResult: false,
    integers: 2,
    vectors: 1,
    body: [
      ...assign(nonce, v128.load(i32.of(Address.nonce))),
      ...assign(position, i32.of(Address.counters)),
      ...assign(end, i32.add(padded(get(textLength)), i32.of(Address.counters + BLOCK))),
      ...doWhile(
        [
          ...lanes.flatMap((lane) =>
            v128.storeLane32(i32.add(get(position), i32.of(4 * lane)), get(nonce), lane),
          ),
          ...next(position, BLOCK),
        ],
        i32.isBelow(get(position), get(end)),
      ),
      ...Array.from({ length: MAX_AAD / BLOCK + 1 }, (_, index) => index + 1).flatMap((index) =>
        v128.store(i32.of(Address.text - index * BLOCK), ZERO),
      ),
    ],
  }
}

/**
 * `hashText(aadLength, textLength)`: GHASH of what lies before the text, the text and the lengths.
 * Pads the text with zeros.
 */
function hashText(
  aadLength: number,
  textLength: number,
  position: number,
  end: number,
  vectors: number,
): Code {
  const textEnd = i32.add(get(textLength), i32.of(Address.text))
  return [
    ...v128.store(textEnd, ZERO),
    ...assign(end, i32.add(padded(get(textLength)), i32.of(Address.text))),
    ...v128.store(i32.of(Address.lengths), ZERO),
    ...i32.store(i32.of(Address.lengths), i32.shiftLeft(get(textLength), 3)),
    ...i32.store(i32.of(Address.lengths + 8), i32.shiftLeft(get(aadLength), 3)),
    ...v128.store(get(end), reverse(v128.load(i32.of(Address.lengths)))),
    ...next(end, BLOCK),
    ...assign(position, i32.subtract(i32.of(Address.text), padded(get(aadLength)))),
    // A block of zeros before all others makes an odd number even and changes nothing.
    ...when(i32.and(i32.subtract(get(end), get(position)), i32.of(BLOCK)), next(position, -BLOCK)),
    ...ghash(position, end, vectors),
  ]
}

const tagOf = v128.xor(v128.load(i32.of(Address.hash)), v128.load(i32.of(Address.keyStream)))

/** `seal(aadLength, textLength)`: encrypts the text and writes the tag behind it. */
function seal(): WasmFunction {
  const [aadLength, textLength, position, end] = [0, 1, 2, 3] as const
  const textEnd = i32.add(get(textLength), i32.of(Address.text))
  return {
    name: 'seal',
    parameters: 2,
    hasResult: false,
    integers: 2,
    vectors: GHASH_VECTORS,
    body: [
      ...crypt(textEnd, position, end),
      ...hashText(aadLength, textLength, position, end, 4),
      ...v128.store(textEnd, tagOf),
    ],
  }
}

/** `open(aadLength, textLength)`: decrypts the text if the tag behind it is right; 0 if not. */
function open(): WasmFunction {
  const [aadLength, textLength, position, end, tag] = [0, 1, 2, 3, 4] as const
  const textEnd = i32.add(get(textLength), i32.of(Address.text))
  return {
    name: 'open',
    parameters: 2,
    hasResult: true,
    integers: 2,
    vectors: 1 + GHASH_VECTORS,
    body: [
      ...assign(tag, v128.load(textEnd)),
      ...hashText(aadLength, textLength, position, end, 5),
      ...assign(tag, v128.xor(get(tag), tagOf)),
      ...when(i32.isZero(v128.isAnySet(get(tag))), crypt(textEnd, position, end)),
      ...i32.isZero(v128.isAnySet(get(tag))),
    ],
  }
}

/** `hashBlocks(begin, end)`: GHASH alone. */
function hashBlocks(): WasmFunction {
  return {
    name: 'hashBlocks',
    parameters: 2,
    hasResult: false,
    integers: 0,
    vectors: GHASH_VECTORS,
    body: ghash(0, 1, 2),
  }
}

/** The functions above, with a memory that they work in, as a module. */
export function assembleGcm(): Uint8Array<ArrayBuffer> {
  return assemble(PAGES, [begin(), seal(), open(), hashBlocks()])
}
