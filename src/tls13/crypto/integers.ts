import { toHex } from '../../bytes/index.ts'
import { type DerReader, decodeUnsigned, Tag } from '../der.ts'

/** An INTEGER of DER that is not negative. Throws `DerError`. */
export function readInteger(fields: DerReader): bigint {
  return BigInt(`0x0${toHex(decodeUnsigned(fields.read(Tag.integer)))}`)
}

/** How many bits it takes to write a number that is not negative; 0 for 0. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28
}
