import { validateHeaderName, validateHeaderValue } from 'node:http'
import { sensitiveHeaders } from 'node:http2'
import type { Field } from '../qpack/index.ts'

/**
 * A key of header objects, shared with `node:http2`: an array of names (lower case) whose values
 * must not enter any compression table.
 */
export { sensitiveHeaders }

/** Names are lower case; the object has no prototype, so no name is special. */
export interface IncomingHeaders {
  [name: string]: string | string[] | undefined
}

/** A response's header section on a client: `:status` is a number. */
export interface ResponseHeaders {
  [name: string]: string | string[] | number | undefined
  ':status': number
}

export type HeaderValue = string | number | readonly string[]

export interface OutgoingHeaders {
  readonly [name: string]: HeaderValue | undefined
  readonly [sensitiveHeaders]?: readonly string[]
}

/** Of which Node keeps the first only: a list of two makes no sense. */
const SINGLE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** Of HTTP/1.1 only (RFC 9114 §4.2). Programs written for it set them by habit: we leave them out. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

export function isConnectionSpecific(name: string): boolean {
  return CONNECTION_SPECIFIC.has(name)
}

/** Regular fields as an object in Node's manner: `set-cookie` is an array, others are joined. */
export function toHeaders(fields: readonly Field[]): IncomingHeaders {
  const headers: IncomingHeaders = Object.create(null)
  for (const { name, value } of fields) {
    if (name.charCodeAt(0) !== 0x3a /* : */) addHeader(headers, name, value)
  }
  return headers
}

export function toResponseHeaders(fields: readonly Field[]): ResponseHeaders {
  const headers: ResponseHeaders = Object.create(null)
  for (const { name, value } of fields) {
    if (name === ':status') headers[':status'] = Number(value)
    else addHeader(headers, name, value)
  }
  return headers
}

function addHeader(
  headers: { [name: string]: string | string[] | number | undefined },
  name: string,
  value: string,
): void {
  const known = headers[name]
  if (name === 'set-cookie') {
    if (Array.isArray(known)) known.push(value)
    else headers[name] = [value]
  } else if (known === undefined) headers[name] = value
  else if (!SINGLE.has(name)) headers[name] = `${known}${name === 'cookie' ? '; ' : ', '}${value}`
}

/** Name, value, name, value … of the regular fields, as they came. */
export function toRawHeaders(fields: readonly Field[]): string[] {
  const raw: string[] = []
  for (const { name, value } of fields) {
    if (name.charCodeAt(0) !== 0x3a) raw.push(name, value)
  }
  return raw
}

export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  for (const field of fields) if (field.name === name) return field.value
  return undefined
}

/** Throws Node's `ERR_INVALID_HTTP_TOKEN`, `ERR_INVALID_CHAR` or `ERR_HTTP_INVALID_HEADER_VALUE`. */
export function checkHeader(name: string, value: HeaderValue | undefined): void {
  validateHeaderName(name)
  if (typeof value === 'object') for (const item of value) validateHeaderValue(name, item)
  else validateHeaderValue(name, value as string)
}

/** Adds the fields of one name, an array as several. The name is lower case and checked. */
export function pushFields(
  fields: Field[],
  name: string,
  value: HeaderValue,
  sensitive: boolean,
): void {
  if (typeof value === 'object') {
    for (const item of value) fields.push(field(name, String(item), sensitive))
  } else fields.push(field(name, typeof value === 'string' ? value : String(value), sensitive))
}

function field(name: string, text: string, sensitive: boolean): Field {
  const value = withoutEdges(text)
  return sensitive ? { name, value, sensitive } : { name, value }
}

/** White space at either end is no part of a value (RFC 9110 §5.5); HTTP/3 refuses what node:http lets pass. */
function withoutEdges(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return end - start === value.length ? value : value.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** The regular fields of an object; pseudo-headers, connection-specific and undefined ones are left out. */
export function toFields(headers: OutgoingHeaders): Field[] {
  const fields: Field[] = []
  const sensitive = headers[sensitiveHeaders]
  for (const key of Object.keys(headers)) {
    const value = headers[key]
    if (value === undefined || key.charCodeAt(0) === 0x3a) continue
    const name = key.toLowerCase()
    if (CONNECTION_SPECIFIC.has(name)) continue
    checkHeader(name, value)
    pushFields(fields, name, value, sensitive?.includes(name) ?? false)
  }
  return fields
}
