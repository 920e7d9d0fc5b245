import type { SocketAddress } from '../datagram.ts'
import { MAX_PENDING_PATH_RESPONSES } from '../limits.ts'

/** RFC 9000 §8.1: bytes that may go to an address that has not been validated, for each that came. */
const AMPLIFICATION_FACTOR = 3

/** The addresses of a connection, and whether the peer's has been validated (RFC 9000 §8). */
export class Path {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  validated: boolean
  bytesReceived = 0
  bytesSent = 0
  /** Data of PATH_CHALLENGE frames to be answered. */
  readonly challenges: Uint8Array[] = []

  constructor(remote: SocketAddress, local: SocketAddress, validated: boolean) {
    this.remote = remote
    this.local = local
    this.validated = validated
  }

  isFrom(remote: SocketAddress): boolean {
    const { remote: expected } = this
    return (
      remote === expected || (remote.port === expected.port && remote.address === expected.address)
    )
  }

  /** Bytes that may be sent now. */
  get budget(): number {
    if (this.validated) return Number.POSITIVE_INFINITY
    return this.bytesReceived * AMPLIFICATION_FACTOR - this.bytesSent
  }

  onChallenge(data: Uint8Array): void {
    if (this.challenges.length < MAX_PENDING_PATH_RESPONSES) this.challenges.push(data.slice())
  }
}
