import { type UdpKind, udpKinds } from '../reactor/index.ts'
import { type CryptoProvider, nodeCrypto } from '../tls13/index.ts'
import { argumentError } from './errors.ts'

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

/** Throws a TypeError for options that are none: `what` names whose. */
export function checkOptions(options: unknown, what: string): void {
  if (typeof options === 'object' && options !== null) return
  throw argumentError(
    'ERR_INVALID_ARG_TYPE',
    `The options of ${what} must be an object, not ${shown(options)}`,
  )
}

/** The provider of the options, node:crypto by default. Throws a TypeError for what is none. */
export function cryptoOf(crypto: unknown): CryptoProvider {
  if (crypto === undefined) return nodeCrypto
  if (isProvider(crypto)) return crypto
  throw argumentError(
    'ERR_INVALID_ARG_TYPE',
    `\`crypto\` must be a CryptoProvider, such as \`nobleCrypto\` of tsquic/noble, not ${shown(crypto)}`,
  )
}

/** What moves datagrams, `auto` by default. Throws a TypeError for what does not. */
export function udpOf(udp: unknown): UdpKind {
  const kind = udp === undefined ? 'auto' : udpKinds.find((known) => known === udp)
  if (kind !== undefined) return kind
  throw argumentError(
    'ERR_INVALID_ARG_VALUE',
    `\`udp\` must be one of ${udpKinds.join(', ')}, not ${shown(udp)}`,
  )
}

/** Milliseconds or a count; undefined stands for a default. Throws a RangeError. */
export function checkAtLeast(name: string, value: unknown, min: number): void {
  if (value === undefined || (typeof value === 'number' && value >= min)) return
  throw Object.assign(
    new RangeError(`\`${name}\` must be a number from ${min} up, not ${shown(value)}`),
    { code: 'ERR_OUT_OF_RANGE' },
  )
}

function isProvider(value: unknown): value is CryptoProvider {
  if (typeof value !== 'object' || value === null) return false
  const provider = value as Partial<CryptoProvider>
  return typeof provider.createAead === 'function' && typeof provider.verify === 'function'
}

/** A value in a message: what it is, not all that it holds. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
