/** What other servers of this package are built from; no part of the public face. */
export type { ConnectionPump, MessageStream } from './connection-pump.ts'
export type { TurnListener } from './endpoint-host.ts'
export { argumentError, throwLater } from './errors.ts'
export type { MessageTransport, RequestSession } from './message-transport.ts'
export { portOf, shown } from './option-checks.ts'
export type { SessionListener } from './server-session.ts'
export { ServerStream } from './server-stream.ts'
export { SessionSocket } from './session-socket.ts'
