import { Duplex, type DuplexOptions, type Readable } from 'node:stream'
import type { IncomingHeaders, ResponseHeaders } from './headers.ts'

/** The events of a request on a client, with what their listeners are given. */
export interface RequestEvents {
  /** The final response's headers. */
  response: [headers: ResponseHeaders]
  /** Those of a 1xx response. */
  informational: [headers: ResponseHeaders]
  /** Before `end`. */
  trailers: [headers: IncomingHeaders]
  data: [chunk: Buffer]
  readable: []
  end: []
  drain: []
  finish: []
  pause: []
  resume: []
  pipe: [source: Readable]
  unpipe: [source: Readable]
  error: [error: Error]
  close: []
}

type Listener<E extends keyof RequestEvents> = (...args: RequestEvents[E]) => void
type AnyListener = (...args: never[]) => void

/** A Duplex whose listeners have types; after `setEncoding` a listener of `data` says `string`. */
export interface RequestDuplex extends Duplex {
  addListener<E extends keyof RequestEvents>(event: E, listener: Listener<E>): this
  addListener(event: string | symbol, listener: AnyListener): this
  on<E extends keyof RequestEvents>(event: E, listener: Listener<E>): this
  on(event: string | symbol, listener: AnyListener): this
  once<E extends keyof RequestEvents>(event: E, listener: Listener<E>): this
  once(event: string | symbol, listener: AnyListener): this
  prependListener<E extends keyof RequestEvents>(event: E, listener: Listener<E>): this
  prependListener(event: string | symbol, listener: AnyListener): this
  prependOnceListener<E extends keyof RequestEvents>(event: E, listener: Listener<E>): this
  prependOnceListener(event: string | symbol, listener: AnyListener): this
}

/** Duplex itself: only its types are other ones. */
export const RequestDuplex: new (options?: DuplexOptions) => RequestDuplex = Duplex
