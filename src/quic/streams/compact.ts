/** A piece smaller than this part of its backing memory is copied, so that it can't pin the rest. */
const COPY_BELOW_FRACTION = 4

/** The bytes, or a copy of them where they would keep much else in memory. */
export function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * COPY_BELOW_FRACTION < bytes.buffer.byteLength ? bytes.slice() : bytes
}
