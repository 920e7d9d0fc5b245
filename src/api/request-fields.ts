import type { Field } from '../qpack/index.ts'
import { type OutgoingHeaders, toFields } from './headers.ts'

/** A request's header section: pseudo-headers first, with defaults from the session. */
export function requestFields(
  method: string,
  headers: OutgoingHeaders,
  authority: string,
): Field[] {
  const fields: Field[] = [{ name: ':method', value: method }]
  if (method === 'CONNECT') {
    fields.push({ name: ':authority', value: pseudoHeader(headers, ':authority', authority) })
  } else {
    fields.push(
      { name: ':scheme', value: pseudoHeader(headers, ':scheme', 'https') },
      { name: ':authority', value: pseudoHeader(headers, ':authority', authority) },
      { name: ':path', value: pseudoHeader(headers, ':path', '/') },
    )
  }
  for (const field of toFields(headers)) fields.push(field)
  return fields
}

export function pseudoHeader(headers: OutgoingHeaders, name: string, preset: string): string {
  const value = headers[name]
  return value === undefined ? preset : String(value)
}
