import type { Field } from '../qpack/index.ts'
import { argumentError } from './errors.ts'
import { checkResponseHeader, checkTrailer } from './forbidden-fields.ts'
import {
  checkHeader,
  type HeaderValue,
  isConnectionSpecific,
  type OutgoingHeaders,
  pushFields,
  sensitiveHeaders,
} from './headers.ts'

/** The headers or trailers of a message that is being made: checked when they are set, in that order. */
export class HeaderMap {
  private readonly section: 'response' | 'trailers'
  private readonly values = new Map<string, HeaderValue>()
  private sensitive: readonly string[] | undefined

  constructor(section: 'response' | 'trailers') {
    this.section = section
  }

  set(name: string, value: HeaderValue): void {
    checkHeader(name, value)
    const key = name.toLowerCase()
    if (isConnectionSpecific(key)) return
    if (this.section === 'response') checkResponseHeader(key, value)
    else checkTrailer(key)
    this.values.set(key, value)
  }

  append(name: string, value: HeaderValue): void {
    const known = this.values.get(name.toLowerCase())
    if (known === undefined) this.set(name, value)
    else this.set(name, [...listOf(known), ...listOf(value)])
  }

  /** An object, or pairs; a name that is there already is replaced, repeated pairs are kept all. */
  setAll(headers: OutgoingHeaders | readonly (readonly [string, HeaderValue])[]): void {
    if (isPairs(headers)) {
      for (const pair of headers) {
        if (!Array.isArray(pair)) {
          throw argumentError('ERR_INVALID_ARG_VALUE', 'Headers in an array must be [name, value]')
        }
        this.values.delete(pair[0].toLowerCase())
      }
      for (const [name, value] of headers) this.append(name, value)
      return
    }
    if (headers[sensitiveHeaders] !== undefined) this.sensitive = headers[sensitiveHeaders]
    for (const name of Object.keys(headers)) {
      const value = headers[name]
      if (value !== undefined) this.set(name, value)
    }
  }

  setLength(length: number): void {
    this.values.set('content-length', length)
  }

  get(name: string): HeaderValue | undefined {
    return this.values.get(name.toLowerCase())
  }

  has(name: string): boolean {
    return this.values.has(name.toLowerCase())
  }

  delete(name: string): void {
    this.values.delete(name.toLowerCase())
  }

  names(): string[] {
    return [...this.values.keys()]
  }

  toObject(): { [name: string]: HeaderValue } {
    const object: { [name: string]: HeaderValue } = Object.create(null)
    for (const [name, value] of this.values) object[name] = value
    return object
  }

  pushTo(fields: Field[]): void {
    for (const [name, value] of this.values) {
      pushFields(fields, name, value, this.sensitive?.includes(name) ?? false)
    }
  }
}

function isPairs(headers: object): headers is readonly (readonly [string, HeaderValue])[] {
  return Array.isArray(headers)
}

function listOf(value: HeaderValue): readonly string[] {
  return typeof value === 'object' ? value : [String(value)]
}
