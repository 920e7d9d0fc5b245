import { concatBytes, equalBytes, equalSecrets, SparseSet } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { ACTIVE_CONNECTION_ID_LIMIT, MAX_PENDING_RETIREMENTS } from '../limits.ts'
import { STATELESS_RESET_TOKEN_LENGTH } from '../wire/index.ts'

/** RFC 9000 §10.3: five bytes that look like a packet, and the token. */
const MIN_STATELESS_RESET = 5 + STATELESS_RESET_TOKEN_LENGTH

interface RemoteId {
  readonly sequence: number
  readonly id: Uint8Array
  readonly resetToken: Uint8Array | undefined
}

/** The connection ids that we use to reach the peer (RFC 9000 §5.1). */
export class RemoteConnectionIds {
  private active: RemoteId[]
  private current: RemoteId
  private retirePriorTo = 0
  /** Sequence numbers for RETIRE_CONNECTION_ID frames, to be sent. */
  readonly pendingRetirements: number[] = []
  /** Those, and the ones that were sent and not acknowledged. */
  private readonly retiring = new SparseSet<number>()
  /** From which the handshake's packets come: the one with sequence number 0. */
  first: Uint8Array
  private readonly onTokenInUse: (token: Uint8Array, inUse: boolean) => void

  /** @param onTokenInUse a stateless reset token belongs to an id in use, or no longer does */
  constructor(first: Uint8Array, onTokenInUse: (token: Uint8Array, inUse: boolean) => void) {
    this.current = { sequence: 0, id: first, resetToken: undefined }
    this.active = [this.current]
    this.first = first
    this.onTokenInUse = onTokenInUse
  }

  get id(): Uint8Array {
    return this.current.id
  }

  /** The peer chose another first id: in its first packet, or by Retry. */
  replaceFirst(id: Uint8Array): void {
    this.first = id
    this.current = { sequence: 0, id, resetToken: this.current.resetToken }
    this.active = [this.current]
  }

  /** From the server's transport parameters. */
  setFirstResetToken(token: Uint8Array): void {
    const index = this.active.findIndex((entry) => entry.sequence === 0)
    const first = this.active[index]
    if (first === undefined) return
    const withToken = { ...first, resetToken: token }
    this.active[index] = withToken
    if (this.current.sequence === 0) this.current = withToken
    this.onTokenInUse(token, true)
  }

  /** RFC 9000 §19.15. */
  onNewConnectionId(
    sequence: number,
    retirePriorTo: number,
    id: Uint8Array,
    resetToken: Uint8Array,
  ): void {
    if (this.id.length === 0) {
      throw new TransportError(
        TransportErrorCode.protocolViolation,
        'NEW_CONNECTION_ID from a peer that uses none',
      )
    }
    for (const entry of this.active) {
      const same = equalBytes(entry.id, id)
      if ((entry.sequence === sequence) !== same) {
        throw new TransportError(
          TransportErrorCode.protocolViolation,
          'a connection id changed or came twice',
        )
      }
      if (!same) continue
      if (entry.resetToken !== undefined && !equalSecrets(entry.resetToken, resetToken)) {
        throw new TransportError(
          TransportErrorCode.protocolViolation,
          'the stateless reset token of a connection id changed',
        )
      }
      return
    }
    if (retirePriorTo > this.retirePriorTo) {
      this.retirePriorTo = retirePriorTo
      for (const entry of this.active) if (entry.sequence < retirePriorTo) this.retire(entry)
      this.active = this.active.filter((entry) => entry.sequence >= retirePriorTo)
    }
    // One piece of memory for both.
    const bytes = concatBytes([id, resetToken])
    const entry = {
      sequence,
      id: bytes.subarray(0, id.length),
      resetToken: bytes.subarray(id.length),
    }
    if (sequence < this.retirePriorTo) this.retire(entry)
    else this.active.push(entry)
    if (this.active.length > ACTIVE_CONNECTION_ID_LIMIT) {
      throw new TransportError(TransportErrorCode.connectionIdLimitError, 'too many connection ids')
    }
    const [first] = this.active
    if (this.current.sequence < this.retirePriorTo && first !== undefined) this.use(first)
  }

  private use(entry: RemoteId): void {
    this.current = entry
    if (entry.resetToken !== undefined) this.onTokenInUse(entry.resetToken, true)
  }

  /** Takes another id, if the peer has given one, and retires the present one. */
  rotate(): void {
    const next = this.active.find((entry) => entry.sequence > this.current.sequence)
    if (next === undefined) return
    this.retire(this.current)
    this.active = this.active.filter((entry) => entry !== this.current)
    this.use(next)
  }

  private retire(entry: RemoteId): void {
    // RFC 9000 §19.15: once is enough, however often the peer tells of it.
    if (this.retiring.has(entry.sequence)) return
    if (this.retiring.size >= MAX_PENDING_RETIREMENTS) {
      throw new TransportError(
        TransportErrorCode.connectionIdLimitError,
        'too many connection ids to retire',
      )
    }
    this.retiring.add(entry.sequence)
    this.pendingRetirements.push(entry.sequence)
    if (entry.resetToken !== undefined) this.onTokenInUse(entry.resetToken, false)
  }

  /**
   * Whether a datagram ends in the stateless reset token of the id in use. Those of ids that we have
   * never used, or have retired, must not count (RFC 9000 §10.3.1).
   */
  isStatelessReset(datagram: Uint8Array): boolean {
    if (datagram.length < MIN_STATELESS_RESET) return false
    const { resetToken } = this.current
    if (resetToken === undefined) return false
    const candidate = datagram.subarray(datagram.length - STATELESS_RESET_TOKEN_LENGTH)
    return equalSecrets(resetToken, candidate)
  }

  onRetirementAcked(sequence: number): void {
    this.retiring.delete(sequence)
  }

  /** A repeated probe, or a late ACK, may say so of one that is done or waits already. */
  onRetirementLost(sequence: number): void {
    if (!this.retiring.has(sequence) || this.pendingRetirements.includes(sequence)) return
    this.pendingRetirements.push(sequence)
  }

  discard(): void {
    for (const { resetToken } of this.active) {
      if (resetToken !== undefined) this.onTokenInUse(resetToken, false)
    }
  }
}
