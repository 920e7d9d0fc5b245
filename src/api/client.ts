import { type Agent, globalAgent, type SessionChoice } from './agent.ts'
import type { Http3ClientRequest } from './client-request.ts'
import { type ClientOptions, ClientSession, type RequestOptions } from './client-session.ts'
import { argumentError } from './errors.ts'
import type { OutgoingHeaders } from './headers.ts'
import { checkOptions, shown } from './option-checks.ts'

/**
 * Opens a connection to an origin (`https://host:port`). It returns at once: requests may be made
 * right away. It keeps the process alive until it is closed, or `unref` was called.
 *
 * @param onConnect is added as a listener of `connect`
 */
export function connect(
  authority: string | URL,
  options: ClientOptions = {},
  onConnect?: (session: ClientSession) => void,
): ClientSession {
  checkOptions(options, 'connect')
  const session = new ClientSession(parseUrl(authority), options)
  if (onConnect !== undefined) session.once('connect', () => onConnect(session))
  return session
}

export interface OneRequestOptions extends RequestOptions, SessionChoice {
  /** Default GET. */
  readonly method?: string
  readonly headers?: OutgoingHeaders
  /** Default: one that the process shares. */
  readonly agent?: Agent
}

/**
 * One request on a connection of the agent, with the events of `session.request`. To be ended by the
 * caller if it has a body.
 */
export function request(
  url: string | URL,
  options: OneRequestOptions = {},
  callback?: undefined,
): Http3ClientRequest {
  checkOptions(options, 'request')
  // What is called back in node:http gets another object than there is here: in silence it would hang.
  if (callback !== undefined) {
    throw argumentError(
      'ERR_INVALID_ARG_TYPE',
      'A request takes no callback: listen to its `response` (headers) and read the body from it',
    )
  }
  const { method = 'GET', headers, agent = globalAgent } = options
  const target = parseUrl(url)
  return agent.session(target, sessionChoice(options)).request(
    {
      ...headers,
      ':method': method,
      ':path': target.pathname + target.search,
    },
    options,
  )
}

/** {@link request} for GET. */
export function get(
  url: string | URL,
  options: Omit<OneRequestOptions, 'method' | 'endStream'> = {},
  callback?: undefined,
): Http3ClientRequest {
  checkOptions(options, 'get')
  return request(url, { ...options, method: 'GET' }, callback)
}

/** The part of some options that decides which connection may be used. */
export function sessionChoice(options: SessionChoice): SessionChoice {
  const { ca, rejectUnauthorized, servername, crypto } = options
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
    ...(crypto === undefined ? {} : { crypto }),
  }
}

function parseUrl(url: string | URL): URL {
  if (url instanceof URL) return url
  if (typeof url !== 'string') {
    throw argumentError(
      'ERR_INVALID_ARG_TYPE',
      `A URL must be a string such as 'https://localhost:4433/a', or a URL, not ${shown(url)}`,
    )
  }
  if (!URL.canParse(url)) throw argumentError('ERR_INVALID_URL', `Not a URL: ${url}`)
  return new URL(url)
}
