import { BLOCK, TABLE_LENGTH } from './program.ts'

/** Bytes of the product of a byte and the hash key. */
const PRODUCT_BYTES = BLOCK + 1

/**
 * Writes what `program.ts` looks up: entry n of table k is byte k of n·H, of n·x^4·H in the second half
 * of the tables. @param hashKey 16 bytes
 */
export function writeTables(hashKey: Uint8Array, out: Uint8Array): void {
  out.fill(0, 0, TABLE_LENGTH)
  for (let power = 0; power < 8; power++) {
    const firstTable = power < 4 ? 0 : PRODUCT_BYTES
    // x^0 is the top bit.
    const bit = 8 >> (power & 3)
    let before = 0
    for (let k = 0; k < PRODUCT_BYTES; k++) {
      const byte = k < BLOCK ? hashKey[k]! : 0
      const shifted = ((before << 8) | byte) >> power
      const table = (firstTable + k) * BLOCK
      for (let n = 0; n < 16; n++) if ((n & bit) !== 0) out[table + n]! ^= shifted
      before = byte
    }
  }
}
