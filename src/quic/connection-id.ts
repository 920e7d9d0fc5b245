/** All our connection ids are that long, so that short headers can be read. */
export const CONNECTION_ID_LENGTH = 8

/**
 * A connection id as a key of a `Map`: one character a byte. At rest too, where the string is that of the
 * router's key: an array of bytes takes 200 bytes, and 160 more when native code has seen it.
 */
export function idKey(bytes: Uint8Array, start = 0, length = bytes.length): string {
  if (length === CONNECTION_ID_LENGTH) {
    return String.fromCharCode(
      bytes[start]!,
      bytes[start + 1]!,
      bytes[start + 2]!,
      bytes[start + 3]!,
      bytes[start + 4]!,
      bytes[start + 5]!,
      bytes[start + 6]!,
      bytes[start + 7]!,
    )
  }
  return String.fromCharCode(...bytes.subarray(start, start + length))
}

/** The id of a key, in memory of its own. */
export function idBytes(key: string): Uint8Array {
  const id = new Uint8Array(key.length)
  for (let i = 0; i < id.length; i++) id[i] = key.charCodeAt(i)
  return id
}

/** Whether `key` is that of `id`. */
export function isKeyOf(key: string, id: Uint8Array): boolean {
  if (key.length !== id.length) return false
  for (let i = 0; i < id.length; i++) if (key.charCodeAt(i) !== id[i]) return false
  return true
}
