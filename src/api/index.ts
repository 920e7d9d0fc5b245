export type { UdpKind } from '../reactor/index.ts'
export type { CryptoProvider } from '../tls13/index.ts'
export type { AdmissionOptions, RetryPolicy } from './admission-options.ts'
export { Agent, type AgentOptions, globalAgent } from './agent.ts'
export { connect, get, type OneRequestOptions, request } from './client.ts'
export { Http3ClientRequest } from './client-request.ts'
export {
  type ClientOptions,
  ClientSession,
  type RequestOptions,
  type SessionEvents,
} from './client-session.ts'
export type { ClientTlsOptions } from './client-tls.ts'
export { QuicError } from './errors.ts'
export { type FetchOptions, fetch } from './fetch.ts'
export {
  type HeaderValue,
  type IncomingHeaders,
  type OutgoingHeaders,
  type ResponseHeaders,
  sensitiveHeaders,
} from './headers.ts'
export { Http3ServerRequest } from './request.ts'
export type { RequestEvents } from './request-events.ts'
export { Http3ServerResponse } from './response.ts'
export {
  createSecureServer,
  Http3Server,
  type ListenOptions,
  type RequestListener,
  type ServerEvents,
  type ServerOptions,
} from './server.ts'
export { ServerSession } from './server-session.ts'
export { SessionSocket } from './session-socket.ts'
export type { SecureContextOptions, SniCallback } from './tls-identity.ts'
export type { Pem } from './trust.ts'
