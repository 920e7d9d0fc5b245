import { Reader, TruncatedError } from '../../bytes/index.ts'
import { decodeError } from '../alert.ts'

/**
 * Reads one structure that must fill `bytes` exactly: what is too short or too long is a
 * decode_error (RFC 9846 §6.2).
 */
export function decodeAll<T>(bytes: Uint8Array, name: string, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes)
  let value: T
  try {
    value = read(reader)
  } catch (error) {
    if (error instanceof TruncatedError)
      throw decodeError(`${name} is cut short: ${error.message}`, { cause: error })
    throw error
  }
  if (reader.remaining > 0) throw decodeError(`${name} has ${reader.remaining} bytes too many`)
  return value
}

/** The items of a vector, which has at least `minimum` of them. */
export function decodeList<T>(
  bytes: Uint8Array,
  name: string,
  minimum: 0 | 1,
  readItem: (reader: Reader) => T,
): readonly T[] {
  return decodeAll(bytes, name, (reader) => {
    const items: T[] = []
    while (reader.remaining > 0) items.push(readItem(reader))
    if (items.length < minimum) throw decodeError(`${name} is empty`)
    return items
  })
}
