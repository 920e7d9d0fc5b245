import type { Field } from '../qpack/index.ts'
import { malformed } from './errors.ts'
import {
  isAuthority,
  isConnectTarget,
  isFieldName,
  isFieldValue,
  isOpaquePath,
  isPath,
  isScheme,
  isToken,
  parseContentLength,
} from './field-syntax.ts'

/**
 * What makes a message well-formed (RFC 9114 §4.1.2, §4.2, §4.3). The same functions judge what the
 * peer sent and what we are asked to send; all of them throw the stream error H3_MESSAGE_ERROR.
 */

/** What the framing has to know of a request. */
export interface RequestHead {
  readonly method: string
  /** -1 where the request does not say. */
  readonly contentLength: number
}

export interface ResponseHead {
  readonly status: number
  readonly contentLength: number
}

export function checkRequest(fields: readonly Field[]): RequestHead {
  let method: string | undefined
  let scheme: string | undefined
  let authority: string | undefined
  let path: string | undefined
  let index = 0
  for (; index < fields.length; index++) {
    const { name, value } = fields[index]!
    if (name.charCodeAt(0) !== 0x3a) break
    if (name === ':method' && method === undefined) method = value
    else if (name === ':scheme' && scheme === undefined) scheme = value
    else if (name === ':authority' && authority === undefined) authority = value
    else if (name === ':path' && path === undefined) path = value
    else throw malformed(`${describe(name)} is repeated or not one of a request`)
  }
  let host: string | undefined
  let contentLength = -1
  for (; index < fields.length; index++) {
    const { name, value } = fields[index]!
    checkField(name, value)
    if (name === 'host') {
      if (host !== undefined) throw malformed('host is repeated')
      host = value
    } else if (name === 'content-length') {
      contentLength = readContentLength(value, contentLength)
    } else if (name === 'te' && value.toLowerCase() !== 'trailers') {
      throw malformed('te has another value than trailers')
    }
  }
  if (method === undefined || !isToken(method)) throw malformed(':method is missing or invalid')
  if (method === 'CONNECT') {
    checkConnect(scheme, authority, path, host)
    return { method, contentLength: -1 }
  }
  if (scheme === undefined || !isScheme(scheme)) throw malformed(':scheme is missing or invalid')
  checkTarget(method, scheme, authority, path, host)
  return { method, contentLength }
}

/** RFC 9114 §4.4. */
function checkConnect(
  scheme: string | undefined,
  authority: string | undefined,
  path: string | undefined,
  host: string | undefined,
): void {
  if (scheme !== undefined || path !== undefined) throw malformed('CONNECT with :scheme or :path')
  if (authority === undefined || !isConnectTarget(authority))
    throw malformed('CONNECT needs host and port as :authority')
  if (host !== undefined && host !== authority) throw malformed('host differs from :authority')
}

/** RFC 9114 §4.3.1. */
function checkTarget(
  method: string,
  scheme: string,
  authority: string | undefined,
  path: string | undefined,
  host: string | undefined,
): void {
  if (path === undefined) throw malformed(':path is missing')
  const isHttp = scheme === 'https' || scheme === 'http'
  if (isHttp ? !isPath(path) && !(path === '*' && method === 'OPTIONS') : !isOpaquePath(path))
    throw malformed(':path is invalid')
  if (authority !== undefined && host !== undefined && authority !== host)
    throw malformed('host differs from :authority')
  const target = authority ?? host
  if (target === undefined) {
    if (isHttp) throw malformed('neither :authority nor host')
  } else if (isHttp ? !isAuthority(target) : target.length === 0 || !isFieldValue(target)) {
    throw malformed(':authority or host is invalid')
  }
}

/** Interim responses too. */
export function checkResponse(fields: readonly Field[]): ResponseHead {
  const first = fields[0]
  if (first === undefined || first.name !== ':status') throw malformed(':status is missing')
  if (!/^[1-9]\d\d$/.test(first.value)) throw malformed(':status is invalid')
  const status = Number(first.value)
  // RFC 9114 §4.5: there is no switching of protocols.
  if (status === 101) throw malformed('101 does not exist in HTTP/3')
  let contentLength = -1
  for (let index = 1; index < fields.length; index++) {
    const { name, value } = fields[index]!
    checkField(name, value)
    if (name === 'content-length') contentLength = readContentLength(value, contentLength)
    else if (name === 'te') throw malformed('te in a response')
  }
  return { status, contentLength }
}

/** Trailers hold no pseudo-header fields, and none that would change the message (RFC 9110 §6.5.1). */
export function checkTrailers(fields: readonly Field[]): void {
  for (const { name, value } of fields) {
    checkField(name, value)
    if (name === 'content-length' || name === 'host' || name === 'te')
      throw malformed(`${name} in trailers`)
  }
}

function checkField(name: string, value: string): void {
  if (!isFieldName(name)) {
    if (name.charCodeAt(0) === 0x3a) throw malformed(`${describe(name)} is not at its place`)
    throw malformed(`field name ${describe(name)} is invalid`)
  }
  if (!isFieldValue(value)) throw malformed(`the value of ${describe(name)} is invalid`)
  if (isConnectionSpecific(name)) throw malformed(`${name} is a field of HTTP/1.1`)
}

/** RFC 9114 §4.2. */
function isConnectionSpecific(name: string): boolean {
  switch (name) {
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
      return true
    default:
      return false
  }
}

/** A second one is refused even if it is the same: peers that need that don't exist, attackers do. */
function readContentLength(value: string, before: number): number {
  const length = parseContentLength(value)
  if (length === -1 || before !== -1) throw malformed('content-length is invalid or repeated')
  return length
}

/** Names go into messages and logs: printable and short. */
function describe(name: string): string {
  return JSON.stringify(name.slice(0, 64))
}

/** Whether a final response to `method` has content at all (RFC 9110 §6.4.1). */
export function responseHasContent(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

/** Puts several cookie lines together, at the place of the first (RFC 9114 §4.2.1). */
export function joinCookies(fields: readonly Field[]): readonly Field[] {
  let count = 0
  for (const { name } of fields) if (name === 'cookie') count++
  if (count < 2) return fields
  const cookies = fields.filter(({ name }) => name === 'cookie')
  const joined: Field = {
    name: 'cookie',
    value: cookies.map(({ value }) => value).join('; '),
    sensitive: cookies.some(({ sensitive }) => sensitive === true),
  }
  const first = fields.indexOf(cookies[0]!)
  return fields
    .map((field, index) => (index === first ? joined : field))
    .filter((field) => field === joined || field.name !== 'cookie')
}

/** The size that SETTINGS_MAX_FIELD_SECTION_SIZE limits (RFC 9114 §4.2.2). */
export function fieldSectionSize(fields: readonly Field[]): number {
  let size = 0
  for (const { name, value } of fields) size += name.length + value.length + 32
  return size
}
