import { HandshakeType } from '../messages/handshake-type.ts'
import { checkNewSessionTicket } from '../messages/new-session-ticket.ts'
import type { TlsInfo, TlsSession } from '../session.ts'
import { HandshakeSession } from './handshake-session.ts'

/** What a client or a server is once its handshake is complete, without what only the handshake needed. */
export class ConnectedSession extends HandshakeSession {
  constructor(role: 'client' | 'server', info: TlsInfo) {
    super(role === 'client' ? 'client: connected' : 'server: connected', false)
    this.info = info
  }

  start(): void {}

  connected(): TlsSession {
    return this
  }

  protected handle(type: number, body: Uint8Array): void {
    if (type === HandshakeType.newSessionTicket) checkNewSessionTicket(body)
  }
}
