/**
 * Which fields may go into the dynamic table. An attacker who can have fields of his choice sent over
 * the same connection can find out by their length what the table holds, one whole value at a guess
 * (RFC 9204 §7.1): values that are secret and short enough to guess stay out of it, here and at later
 * hops.
 */

/** Credentials, whatever their length: a password is guessable. */
const NEVER: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])

/** Secrets that are tokens: safe when long, since then they cannot be guessed. */
const NEVER_WHEN_SHORT: ReadonlySet<string> = new Set([
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-xsrf-token',
])

const SHORT_SECRET = 20

export function isNeverIndexed(name: string, value: string): boolean {
  return NEVER.has(name) || (value.length < SHORT_SECRET && NEVER_WHEN_SHORT.has(name))
}

/** Fields whose value is mostly new with each message: worth an entry only when it does come again. */
const VOLATILE: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'date',
  'etag',
  'expires',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'last-modified',
  'location',
  'range',
  'set-cookie',
  'traceparent',
  'x-request-id',
])

export function isVolatile(name: string): boolean {
  return VOLATILE.has(name)
}

const SLOTS = 128

/** Remembers, by hash, the fields lately sent as literals. A false hit costs a few bytes, no more. */
export class FieldHistory {
  private hashes: Uint16Array | undefined = undefined

  /** Whether the field is remembered; from now on it is. */
  seen(name: string, value: string): boolean {
    const hash = hashOf(name, value)
    const slot = hash % SLOTS
    const mark = hash >>> 16
    this.hashes ??= new Uint16Array(SLOTS)
    if (this.hashes[slot] === mark) return true
    this.hashes[slot] = mark
    return false
  }
}

/** FNV-1a over the lengths and the ends of both: where values differ, they mostly do at the end. */
function hashOf(name: string, value: string): number {
  let hash = Math.imul(0x811c9dc5 ^ name.length, 0x01000193) ^ value.length
  for (let i = Math.max(0, name.length - 8); i < name.length; i++)
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  for (let i = Math.max(0, value.length - 48); i < value.length; i++)
    hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
