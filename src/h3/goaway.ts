import { connectionError, H3ErrorCode } from './errors.ts'
import { encodeGoaway, encodeGoawayNotice } from './frames.ts'

/**
 * GOAWAY in both directions (RFC 9114 §5.2). A server first gives notice and still takes the requests
 * that are under way; then it names the first request that it will not process.
 */
export class Goaway {
  /** Whether we have begun to shut down. */
  isStarted = false
  /** Requests from this id on are refused; set once we have named it. */
  refusedFrom = Number.POSITIVE_INFINITY
  /** The id of the peer's last GOAWAY; a client starts no request once there is one. */
  receivedId = Number.POSITIVE_INFINITY
  private readonly role: 'client' | 'server'
  private isFinal = false

  constructor(role: 'client' | 'server') {
    this.role = role
  }

  /** Whether either side is about to end the connection. */
  get isAny(): boolean {
    return this.isStarted || this.receivedId !== Number.POSITIVE_INFINITY
  }

  /** The frame that begins the end. A client has nothing but pushes to refuse, and does it at once. */
  start(): Uint8Array {
    this.isStarted = true
    if (this.role === 'server') return encodeGoawayNotice()
    this.isFinal = true
    return encodeGoaway(0)
  }

  /**
   * The frame that refuses what has not come yet; undefined when it was made before.
   * @param nextRequestId the lowest id that no request has had
   */
  finish(nextRequestId: number): Uint8Array | undefined {
    if (this.isFinal) return undefined
    this.isFinal = true
    this.refusedFrom = nextRequestId
    return encodeGoaway(nextRequestId)
  }

  /** Throws `H3Error` where RFC 9114 §5.2 and §7.2.6 say so. */
  receive(id: number, isRequestId: boolean): void {
    if (this.role === 'client' && !isRequestId)
      throw connectionError(H3ErrorCode.idError, 'GOAWAY names a stream that is no request')
    if (id > this.receivedId) throw connectionError(H3ErrorCode.idError, 'GOAWAY went up')
    this.receivedId = id
  }
}
