import { ServerSession } from '../../api/index.ts'
import type { ConnectionPump, ServerStream, SessionListener } from '../../api/internals.ts'
import { Deque } from '../../bytes/index.ts'
import type { Field } from '../../qpack/index.ts'
import type { PeerVerifier } from '../../tls13/index.ts'
import type { DispatchSubject } from '../dispatch/index.ts'
import type { ConnectionRecord } from '../table/record.ts'
import type { ConnectionInfo } from '../workers/index.ts'
import { DispatchedStream } from './dispatched-stream.ts'

/** A request that waits to be given on. */
export type RequestStream = DispatchedStream | ServerStream

/** Who decides where a session's requests go. */
export interface SessionOwner {
  /** The stream of a request for a worker; undefined when it is to be handled in this process. */
  dispatched(
    session: VfdSession,
    streamId: number,
    fields: readonly Field[],
    ended: boolean,
  ): DispatchedStream | undefined
  onRequest(session: VfdSession, stream: RequestStream): void
}

/** A client's connection that has a record in the table. */
export class VfdSession extends ServerSession implements DispatchSubject {
  /** Undefined before the handshake is complete and from the end of the close on. */
  record: ConnectionRecord<VfdSession> | undefined
  sessionId = 0
  /** The open response that `send` writes to; -1 when there is none. */
  channel = -1
  /** Requests that came since the connection last had its turn. */
  readonly waiting = new Deque<RequestStream>()
  /** Why the transport ended: the wire code. */
  closeCode = 0
  /** The end of the wait for an orderly close. */
  closeTimer: NodeJS.Timeout | undefined
  private readonly owner: SessionOwner

  constructor(
    owner: SessionOwner,
    listener: SessionListener,
    verifyClient: PeerVerifier | undefined,
  ) {
    super(listener, verifyClient)
    this.owner = owner
  }

  /** When the last authentic packet came, by the clock of `performance.now()`. */
  get lastReceivedAt(): number {
    return this.connectedPump.connection.lastReceivedAt
  }

  get unsentBytes(): number {
    return this.connectedPump.connection.unsentBytes
  }

  get uid(): number {
    return this.record?.uid ?? 0
  }

  get workerId(): number {
    return this.record?.workerId ?? -1
  }

  set workerId(workerId: number) {
    if (this.record !== undefined) this.record.workerId = workerId
  }

  /** What a worker is told of the connection. */
  get connectionInfo(): ConnectionInfo {
    return {
      remote: this.remote,
      local: this.local,
      serverName: this.serverName,
      authorized: this.authorized,
      authorizationError: this.authorizationError?.message,
      peerCertificate: this.peerCertificate,
    }
  }

  override onRequest(
    pump: ConnectionPump,
    id: number,
    fields: readonly Field[],
    ended: boolean,
  ): void {
    const stream = this.owner.dispatched(this, id, fields, ended)
    if (stream === undefined) {
      super.onRequest(pump, id, fields, ended)
      return
    }
    pump.streams.set(id, stream)
    this.owner.onRequest(this, stream)
  }

  override expire(requestDeadline: number, writeDeadline: number): void {
    super.expire(requestDeadline, writeDeadline)
    for (const stream of this.connectedPump.streams.values()) {
      if (stream instanceof DispatchedStream) stream.expire(requestDeadline, writeDeadline)
    }
  }
}
