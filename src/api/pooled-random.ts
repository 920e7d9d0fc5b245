import { randomFillSync } from 'node:crypto'

/** Bytes drawn from the system at a time: a call costs as much for 16 bytes as for these. */
const POOL_SIZE = 4096

/** More than that at once is drawn directly. */
const MAX_POOLED = 256

/** Each byte goes out once, in memory of its own, and is wiped here then. */
const pool = new Uint8Array(POOL_SIZE)
let used = POOL_SIZE

/** `length` bytes of the system's cryptographic randomness; the caller may keep them. */
export function pooledRandomBytes(length: number): Uint8Array {
  if (length > MAX_POOLED) return randomFillSync(new Uint8Array(length))
  if (used + length > POOL_SIZE) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += length
  const bytes = pool.slice(start, used)
  pool.fill(0, start, used)
  return bytes
}
