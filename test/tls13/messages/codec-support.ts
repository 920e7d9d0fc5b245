import { fromHex, Writer } from '../../../src/bytes/index.ts'

/** An extension block with its length, from pairs of type and value in hex. */
export function block(...extensions: readonly (readonly [number, string])[]): Uint8Array {
  const writer = Writer.growable()
  writer.vector(2, (inner) => {
    for (const [type, value] of extensions) {
      inner.u16(type)
      inner.vector(2, (body) => body.put(fromHex(value)))
    }
  })
  return writer.written()
}

/** Calls `check` with every prefix of `bytes` that is shorter than it. */
export function eachPrefix(bytes: Uint8Array, check: (prefix: Uint8Array) => void): void {
  for (let length = 0; length < bytes.length; length++) check(bytes.subarray(0, length))
}
