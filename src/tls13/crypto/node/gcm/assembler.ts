/**
 * Writes WebAssembly (core specification 2.0, binary format) from TypeScript: an expression is the
 * bytes of its instructions, so that programs are read as nested calls. It knows only the instructions
 * that are used here.
 */

/** Instructions that leave one value, or none. */
export type Code = readonly number[]

export interface WasmFunction {
  readonly name: string
  /** All are i32. */
  readonly parameters: number
  /** Whether it leaves an i32. */
  readonly hasResult: boolean
  /** i32 locals; their indices follow those of the parameters. */
  readonly integers: number
  /** v128 locals; their indices follow. */
  readonly vectors: number
  readonly body: Code
}

const VOID = 0x40
const I32 = 0x7f
const V128 = 0x7b
const END = 0x0b
const ZERO_ALIGNMENT = 0x00

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const assign = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, VOID, ...body, END]
/** Does the body at least once. */
export const doWhile = (body: Code, condition: Code): Code => [
  0x03,
  VOID,
  ...body,
  ...condition,
  0x0d,
  0,
  END,
]

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  subtract: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  and: (a: Code, b: Code): Code => [...a, ...b, 0x71],
  shiftLeft: (a: Code, bits: number): Code => [...a, ...i32.of(bits), 0x74],
  isZero: (a: Code): Code => [...a, 0x45],
  isBelow: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  store: (address: Code, value: Code): Code => [...address, ...value, 0x36, ZERO_ALIGNMENT, 0],
}

export const v128 = {
  of: (bytes: readonly number[]): Code => [...simd(0x0c), ...bytes],
  load: (address: Code, offset = 0): Code => [
    ...address,
    ...simd(0x00),
    ZERO_ALIGNMENT,
    ...unsigned(offset),
  ],
  store: (address: Code, value: Code): Code => [...address, ...value, ...simd(0x0b), 0, 0],
  /** Writes lane `lane` of four. */
  storeLane32: (address: Code, value: Code, lane: number): Code => [
    ...address,
    ...value,
    ...simd(0x5a),
    ZERO_ALIGNMENT,
    0,
    lane,
  ],
  /** The bytes of `a` (0 to 15) and `b` (16 to 31) that `indices` name. */
  shuffle: (a: Code, b: Code, indices: readonly number[]): Code => [
    ...a,
    ...b,
    ...simd(0x0d),
    ...indices,
  ],
  /** For each byte of `indices` that byte of `table`. */
  swizzle: (table: Code, indices: Code): Code => [...table, ...indices, ...simd(0x0e)],
  and: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)],
  xor: (first: Code, ...others: readonly Code[]): Code => [
    ...first,
    ...others.flatMap((other) => [...other, ...simd(0x51)]),
  ],
  isAnySet: (a: Code): Code => [...a, ...simd(0x53)],
  /** Of each of the two halves. */
  shiftLeft64: (a: Code, bits: number): Code => [...a, ...i32.of(bits), ...simd(0xcb)],
  shiftRight64: (a: Code, bits: number): Code => [...a, ...i32.of(bits), ...simd(0xcd)],
}

/** A module that exports its functions and its memory, as `memory`. @param pages of 64 KiB */
export function assemble(
  pages: number,
  functions: readonly WasmFunction[],
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, hasResult }) => [
    0x60,
    ...vector(new Array<Code>(parameters).fill([I32])),
    ...vector(hasResult ? [[I32]] : []),
  ])
  const exports = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)])
  const bodies = functions.map(({ integers, vectors, body }) => {
    const locals = vector([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ])
    const code = [...locals, ...body, END]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(5, vector([[0x00, ...unsigned(pages)]])),
    ...section(7, vector([[...text('memory'), 0x02, 0], ...exports])),
    ...section(10, vector(bodies)),
  ])
}

const simd = (instruction: number): Code => [0xfd, ...unsigned(instruction)]

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]

const text = (value: string): Code => [
  ...unsigned(value.length),
  ...Array.from(value, (character) => character.charCodeAt(0)),
]

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40
    ? [value & 0x7f]
    : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
