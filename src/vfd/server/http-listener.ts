import {
  Http3Server,
  type ServerOptions as HttpServerOptions,
  type ServerSession,
} from '../../api/index.ts'
import type { ServerStream, TurnListener } from '../../api/internals.ts'
import type { CloseInfo } from '../../quic/index.ts'
import type { PeerVerifier } from '../../tls13/index.ts'
import { type SessionOwner, VfdSession } from './session.ts'

/** What the listener reports to the server above it. */
export interface ListenerOwner extends SessionOwner {
  onSessionReady(session: VfdSession): void
  onSessionClosed(session: VfdSession, info: CloseInfo): void
  readonly turns: TurnListener
}

/** The HTTP/3 server below: port, certificates, timeouts. Its sessions are those of the table. */
export class HttpListener extends Http3Server {
  private readonly owner: ListenerOwner

  constructor(owner: ListenerOwner, options: HttpServerOptions) {
    super(options)
    this.owner = owner
  }

  protected override createSession(verifyClient: PeerVerifier | undefined): VfdSession {
    return new VfdSession(this.owner, this, verifyClient)
  }

  protected override get turns(): TurnListener {
    return this.owner.turns
  }

  override sessionReady(session: ServerSession): void {
    super.sessionReady(session)
    if (session instanceof VfdSession) this.owner.onSessionReady(session)
  }

  override sessionRequest(stream: ServerStream): void {
    if (stream.session instanceof VfdSession) this.owner.onRequest(stream.session, stream)
  }

  override sessionClosed(session: ServerSession, info: CloseInfo): void {
    // The table first: the port may be closed by what follows.
    if (session instanceof VfdSession) this.owner.onSessionClosed(session, info)
    super.sessionClosed(session, info)
  }
}
