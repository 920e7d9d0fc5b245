import { equalBytes } from '../../bytes/index.ts'
import type { SocketAddress } from '../datagram.ts'
import { MAX_PENDING_PATH_RESPONSES } from '../limits.ts'
import type { PathMtu } from '../recovery/path-mtu.ts'

/** RFC 9000 §8.1: bytes that may go to an address that has not been validated, for each that came. */
const AMPLIFICATION_FACTOR = 3

/** PATH_CHALLENGE frames sent, each after twice the wait, before a path is given up. */
const MAX_CHALLENGES = 4

/** The addresses of a connection, and whether the peer's has been validated (RFC 9000 §8). */
export class Path {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  validated: boolean
  /** No answer to our challenges came. */
  failed = false
  bytesReceived = 0
  bytesSent = 0
  /** Once the path has been in use, where its MTU is sought for. */
  mtu: PathMtu | undefined = undefined
  /** Data of the peer's PATH_CHALLENGE frames, to be answered on this path. */
  readonly challenges: Uint8Array[] = []
  /** Data of our own PATH_CHALLENGE; undefined when none is under way. */
  private challenge: Uint8Array | undefined = undefined
  challengePending = false
  private challengesSent = 0
  private challengeDeadline: number | undefined = undefined

  constructor(remote: SocketAddress, local: SocketAddress, validated: boolean) {
    this.remote = remote
    this.local = local
    this.validated = validated
  }

  isTo(remote: SocketAddress): boolean {
    const { remote: own } = this
    return remote === own || (remote.port === own.port && remote.address === own.address)
  }

  /** Bytes that may be sent now. */
  get budget(): number {
    if (this.validated) return Number.POSITIVE_INFINITY
    return this.bytesReceived * AMPLIFICATION_FACTOR - this.bytesSent
  }

  onChallenge(data: Uint8Array): void {
    if (this.challenges.length < MAX_PENDING_PATH_RESPONSES) this.challenges.push(data.slice())
  }

  /** Begins to find out whether the peer is reached here. @param data 8 unpredictable bytes */
  startValidation(data: Uint8Array): void {
    if (this.challenge !== undefined) return
    this.challenge = data
    this.challengePending = true
    this.challengesSent = 0
  }

  /** Whether a packet of its own is to be sent on this path: the frames are bound to it. */
  get wantsProbe(): boolean {
    return this.challengePending || this.challenges.length > 0
  }

  /** The data for a PATH_CHALLENGE that goes out now; undefined when none is due. */
  takeChallenge(now: number, probeTimeout: number): Uint8Array | undefined {
    if (!this.challengePending) return undefined
    this.challengePending = false
    this.challengeDeadline = now + probeTimeout * 2 ** this.challengesSent++
    return this.challenge
  }

  /** True when the data is that of our challenge: the path is valid (RFC 9000 §8.2.3). */
  onResponse(data: Uint8Array): boolean {
    if (this.challenge === undefined || !equalBytes(this.challenge, data)) return false
    this.endValidation()
    this.validated = true
    this.failed = false
    return true
  }

  get nextTimeout(): number | undefined {
    return this.challengeDeadline
  }

  onTimeout(now: number): void {
    if (this.challengeDeadline === undefined || this.challengeDeadline > now) return
    this.challengeDeadline = undefined
    if (this.challengesSent < MAX_CHALLENGES) {
      this.challengePending = true
    } else {
      this.endValidation()
      this.failed = true
    }
  }

  private endValidation(): void {
    this.challenge = undefined
    this.challengePending = false
    this.challengeDeadline = undefined
  }
}
