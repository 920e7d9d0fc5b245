import { ServerSession } from '../../api/index.ts'
import type { ConnectionPump, SessionListener } from '../../api/internals.ts'
import type { Field } from '../../qpack/index.ts'
import type { PeerVerifier } from '../../tls13/index.ts'
import type { DispatchSubject } from '../dispatch/index.ts'
import type { ConnectionRecord } from '../table/record.ts'
import type { ConnectionInfo } from '../workers/index.ts'
import { DispatchedStream } from './dispatched-stream.ts'

/** Who decides where a session's requests go. */
export interface SessionOwner {
  /** False: the request is to be handled in this process. */
  dispatch(session: VfdSession, streamId: number, fields: readonly Field[], ended: boolean): boolean
}

/** A client's connection that has a record in the table. */
export class VfdSession extends ServerSession implements DispatchSubject {
  /** Undefined before the handshake is complete and from the end of the close on. */
  record: ConnectionRecord<VfdSession> | undefined
  sessionId = 0
  /** The open response that `send` writes to; -1 when there is none. */
  channel = -1
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
    if (!this.owner.dispatch(this, id, fields, ended)) super.onRequest(pump, id, fields, ended)
  }

  override expire(requestDeadline: number, writeDeadline: number): void {
    super.expire(requestDeadline, writeDeadline)
    for (const stream of this.connectedPump.streams.values()) {
      if (stream instanceof DispatchedStream) stream.expire(requestDeadline, writeDeadline)
    }
  }
}
