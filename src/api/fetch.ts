import { ReadableStream } from 'node:stream/web'
import { type Agent, globalAgent, type SessionChoice } from './agent.ts'
import { sessionChoice } from './client.ts'
import type { Http3ClientRequest } from './client-request.ts'
import { abortError } from './errors.ts'
import type { HeaderValue, ResponseHeaders } from './headers.ts'
import { decodedBody } from './response-body.ts'

const MAX_REDIRECTS = 20
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304])
const CODINGS = 'gzip, deflate, br'

export interface FetchOptions extends RequestInit, SessionChoice {
  /** Default: the one that the process shares. */
  readonly agent?: Agent
}

/** A request that may be sent more than once, on the way through redirects. */
interface Hop {
  url: URL
  method: string
  headers: Headers
  /** Bytes can be sent again, a stream can't. */
  body: Uint8Array | ReadableStream<Uint8Array> | undefined
}

/**
 * The Fetch API over HTTP/3 only, with the platform's own Request, Response and Headers. Rejects with
 * a TypeError whose `cause` has the `code`, or with the signal's reason.
 */
export async function fetch(
  input: string | URL | Request,
  init: FetchOptions = {},
): Promise<Response> {
  const request = new Request(input, withDuplex(init))
  const { signal } = request
  const hop: Hop = {
    url: new URL(request.url),
    method: request.method,
    headers: request.headers,
    body: await requestBody(request, init.body),
  }
  const agent = init.agent ?? globalAgent
  const choice = sessionChoice(init)
  for (let redirects = 0; ; redirects++) {
    const { message, headers } = await send(hop, agent, choice, signal)
    const status = headers[':status']
    const location = headers.location
    if (!REDIRECTS.has(status) || location === undefined || request.redirect === 'manual') {
      return makeResponse(hop, message, headers, redirects > 0)
    }
    message.close()
    if (request.redirect === 'error')
      throw failed('The server redirects, and `redirect` is "error"')
    if (redirects === MAX_REDIRECTS) throw failed('Too many redirects')
    follow(hop, status, String(location))
  }
}

function withDuplex(init: FetchOptions): RequestInit {
  return init.body === undefined || init.body === null ? init : { duplex: 'half', ...init }
}

async function requestBody(request: Request, given: unknown): Promise<Hop['body']> {
  if (request.body === null) return undefined
  const isStream = given instanceof ReadableStream || isAsyncIterable(given) || given === undefined
  if (isStream) return request.body as ReadableStream<Uint8Array>
  return new Uint8Array(await request.arrayBuffer())
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

async function send(
  hop: Hop,
  agent: Agent,
  choice: SessionChoice,
  signal: AbortSignal,
): Promise<{ message: Http3ClientRequest; headers: ResponseHeaders }> {
  for (let tries = 0; ; tries++) {
    try {
      return await sendOnce(hop, agent, choice, signal)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const { code } = error as { code?: string }
      // RFC 9114 §4.1.1: a rejected request was not processed, so any may be sent again.
      const again = code === 'ERR_HTTP3_REQUEST_REJECTED' && !(hop.body instanceof ReadableStream)
      if (!again || tries > 0) throw failed('fetch failed', error)
    }
  }
}

function sendOnce(
  { url, method, headers, body }: Hop,
  agent: Agent,
  choice: SessionChoice,
  signal: AbortSignal,
): Promise<{ message: Http3ClientRequest; headers: ResponseHeaders }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw abortError(signal)
    const fields: { [name: string]: HeaderValue } = Object.create(null)
    for (const [name, value] of headers) fields[name] = value
    fields.accept ??= '*/*'
    fields['accept-encoding'] ??= CODINGS
    fields['user-agent'] ??= 'tsquic'
    if (body instanceof Uint8Array) fields['content-length'] = body.length
    fields[':method'] = method
    fields[':path'] = url.pathname + url.search
    const message = agent
      .session(url, choice)
      .request(fields, { endStream: body === undefined, signal })
    message.once('response', (response: ResponseHeaders) => resolve({ message, headers: response }))
    message.once('error', reject)
    message.once('close', () => reject(new Error('The request was closed before its response')))
    if (body instanceof Uint8Array) message.end(body)
    else if (body !== undefined) upload(body, message)
  })
}

/** Node's pipe of a web stream into a Duplex would wait for the response's end as well. */
async function upload(
  body: ReadableStream<Uint8Array>,
  message: Http3ClientRequest,
): Promise<void> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (message.destroyed) return await reader.cancel()
      if (!message.write(value)) await drained(message)
    }
    message.end()
  } catch (error) {
    message.destroy(error as Error)
  }
}

function drained(message: Http3ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      message.off('drain', go)
      message.off('close', go)
      resolve()
    }
    message.on('drain', go)
    message.on('close', go)
  })
}

/** Fetch §4.4, HTTP-redirect fetch. */
function follow(hop: Hop, status: number, location: string): void {
  if (!URL.canParse(location, hop.url.href))
    throw failed(`The server redirects to no URL: ${location}`)
  const next = new URL(location, hop.url)
  if (next.protocol !== 'https:') throw failed(`The server redirects to ${next.protocol}`)
  const toGet =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') ||
    ((status === 301 || status === 302) && hop.method === 'POST')
  if (!toGet && hop.body instanceof ReadableStream) {
    throw failed('The server redirects a request whose body is a stream, which is used up')
  }
  hop.headers = new Headers(hop.headers)
  if (toGet) {
    hop.method = 'GET'
    hop.body = undefined
    for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language']) {
      hop.headers.delete(name)
    }
  }
  if (next.origin !== hop.url.origin) {
    for (const name of ['authorization', 'cookie', 'proxy-authorization', 'host']) {
      hop.headers.delete(name)
    }
  }
  if (next.hash === '') next.hash = hop.url.hash
  hop.url = next
}

function makeResponse(
  { url, method }: Hop,
  message: Http3ClientRequest,
  fields: ResponseHeaders,
  redirected: boolean,
): Response {
  const headers = new Headers()
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    if (name === ':status' || value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) headers.append(name, String(item))
  }
  const status = fields[':status']
  const hasBody = method !== 'HEAD' && !BODYLESS.has(status)
  if (!hasBody) message.resume()
  const body = hasBody ? decodedBody(message, headers.get('content-encoding')) : null
  const response = new Response(body, { status, headers })
  // The constructor has no way to say these; the attributes are the platform's.
  const shown = new URL(url)
  shown.hash = ''
  Object.defineProperty(response, 'url', { value: shown.href })
  Object.defineProperty(response, 'redirected', { value: redirected })
  Object.defineProperty(response, 'type', { value: 'default' })
  return response
}

function failed(message: string, cause?: unknown): TypeError {
  return cause === undefined ? new TypeError(message) : new TypeError(message, { cause })
}
