import type { H3Connection } from '../h3/index.ts'
import type { SessionSocket } from './session-socket.ts'

/** What carries a message: a connection's HTTP/3, or what stands for it in another process. */
export interface MessageTransport {
  readonly h3: Pick<
    H3Connection,
    | 'sendHeaders'
    | 'sendInformational'
    | 'sendTrailers'
    | 'sendData'
    | 'resetStream'
    | 'stopReading'
  >
  /** As `H3Connection.readBody`. */
  readBody(id: number): Uint8Array | undefined
  /** To be called after anything was asked of `h3`. */
  touch(): void
}

/** What a request needs of the connection that it came on. */
export interface RequestSession {
  readonly socket: SessionSocket
}
