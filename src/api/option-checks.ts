/**
 * The number of a UDP port, 0 for any; in digits too, as it comes from the environment. Throws what
 * node:net throws: a RangeError with the code `ERR_SOCKET_BAD_PORT`.
 */
export function portOf(port: unknown): number {
  const number = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535) {
    return number
  }
  throw Object.assign(
    new RangeError(`A port must be an integer from 0 to 65535, not ${shown(port)}`),
    { code: 'ERR_SOCKET_BAD_PORT' },
  )
}

/** A value in a message: what it is, not all that it holds. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
