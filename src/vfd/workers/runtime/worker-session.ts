import { type RequestSession, SessionSocket } from '../../../api/internals.ts'
import type { SocketAddress } from '../../../quic/index.ts'
import type { ConnectionInfo } from '../types.ts'

type DestroyRequest = (sessionId: number, isError: boolean) => void

/** A connection as a worker knows it: what it was when the first request came here. */
export class WorkerSession implements RequestSession {
  readonly id: number
  readonly socket: SessionSocket
  readonly info: ConnectionInfo
  readonly authorizationError: Error | undefined
  /** It is bound to this worker: it stays until it is closed, with or without requests. */
  bound = false
  /** Requests in progress here. */
  requests = 0
  private readonly askToDestroy: DestroyRequest

  constructor(id: number, info: ConnectionInfo, askToDestroy: DestroyRequest) {
    this.id = id
    this.info = info
    this.askToDestroy = askToDestroy
    const { authorizationError } = info
    this.authorizationError =
      authorizationError === undefined ? undefined : new Error(authorizationError)
    this.socket = new SessionSocket(this)
  }

  get remote(): SocketAddress {
    return this.info.remote
  }

  get local(): SocketAddress {
    return this.info.local
  }

  get serverName(): string | undefined {
    return this.info.serverName
  }

  get authorized(): boolean {
    return this.info.authorized
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.info.peerCertificate
  }

  /** As anywhere without an answer: `worker.call('close', …)` has one. */
  destroy(error?: Error): void {
    this.askToDestroy(this.id, error !== undefined)
  }
}
