import { H3UsageError } from '../h3/index.ts'
import type { HeaderValue } from './headers.ts'

/**
 * Fields that HTTP/3 refuses to send (RFC 9114 §4.1.2, RFC 9110 §6.5.1) are refused where they are
 * set: there the mistake is, and so it is found in a worker too, far from the connection. All throw
 * `H3UsageError` with the code `ERR_HTTP3_INVALID_HEADER`. Names are lower case.
 */

export function checkResponseHeader(name: string, value: HeaderValue): void {
  if (name === 'te') throw invalid('te in a response')
  if (name === 'content-length' && !isLength(value)) {
    throw invalid('content-length is invalid or repeated')
  }
}

export function checkTrailer(name: string): void {
  if (name === 'content-length' || name === 'host' || name === 'te') {
    throw invalid(`${name} in trailers`)
  }
}

function isLength(value: HeaderValue): boolean {
  if (typeof value === 'object') return value.length === 1 && isLength(value[0]!)
  return /^[ \t]*\d{1,16}[ \t]*$/.test(String(value)) && Number.isSafeInteger(Number(value))
}

function invalid(reason: string): H3UsageError {
  return new H3UsageError('ERR_HTTP3_INVALID_HEADER', reason)
}
