import { SparseSet } from '../../bytes/index.ts'
import { idBytes, idKey } from '../connection-id.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { ACTIVE_CONNECTION_ID_LIMIT, MAX_PENDING_RETIREMENTS } from '../limits.ts'
import { STATELESS_RESET_TOKEN_LENGTH } from '../wire/index.ts'
import { ResetToken } from './reset-token.ts'

/** RFC 9000 §10.3: five bytes that look like a packet, and the token. */
const MIN_STATELESS_RESET = 5 + STATELESS_RESET_TOKEN_LENGTH

/** Who finds the connection of a stateless reset. */
export interface ResetTokenRegistry {
  /** The token belongs to an id in use, or no longer does. */
  onResetToken(token: Uint8Array, inUse: boolean): void
}

interface RemoteId {
  readonly sequence: number
  /** By `idKey`. */
  readonly key: string
  readonly resetToken: ResetToken | undefined
}

/** Shared by all connections that have nothing to retire. */
const NONE: readonly number[] = []

/** The connection ids that we use to reach the peer (RFC 9000 §5.1). */
export class RemoteConnectionIds {
  private active: RemoteId[]
  private current: RemoteId
  private retirePriorTo = 0
  private unsent: readonly number[] = NONE
  /** Those of `unsent`, and the ones that were sent and not acknowledged. */
  private readonly retiring = new SparseSet<number>()
  /** From which the handshake's packets come: the one with sequence number 0. */
  first: Uint8Array
  /** The one that goes into our packets. */
  id: Uint8Array
  private readonly registry: ResetTokenRegistry

  constructor(first: Uint8Array, registry: ResetTokenRegistry) {
    this.current = { sequence: 0, key: idKey(first), resetToken: undefined }
    this.active = [this.current]
    this.first = first
    this.id = first
    this.registry = registry
  }

  /** The peer chose another first id: in its first packet, or by Retry. */
  replaceFirst(id: Uint8Array): void {
    this.first = id
    this.id = id
    this.current = { sequence: 0, key: idKey(id), resetToken: this.current.resetToken }
    this.active = [this.current]
  }

  /** From the server's transport parameters. */
  setFirstResetToken(token: Uint8Array): void {
    const index = this.active.findIndex((entry) => entry.sequence === 0)
    const first = this.active[index]
    if (first === undefined) return
    const withToken = { sequence: 0, key: first.key, resetToken: new ResetToken(token) }
    this.active[index] = withToken
    if (this.current.sequence === 0) this.current = withToken
    this.registry.onResetToken(token, true)
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
    const key = idKey(id)
    for (const entry of this.active) {
      const same = entry.key === key
      if ((entry.sequence === sequence) !== same) {
        throw new TransportError(
          TransportErrorCode.protocolViolation,
          'a connection id changed or came twice',
        )
      }
      if (!same) continue
      if (entry.resetToken !== undefined && !entry.resetToken.equals(resetToken)) {
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
    const entry = { sequence, key, resetToken: new ResetToken(resetToken) }
    if (sequence < this.retirePriorTo) this.retire(entry)
    else this.active = [...this.active, entry]
    if (this.active.length > ACTIVE_CONNECTION_ID_LIMIT) {
      throw new TransportError(TransportErrorCode.connectionIdLimitError, 'too many connection ids')
    }
    const [first] = this.active
    if (this.current.sequence < this.retirePriorTo && first !== undefined) this.use(first)
  }

  private use(entry: RemoteId): void {
    this.current = entry
    this.id = idBytes(entry.key)
    this.tell(entry, true)
  }

  private tell(entry: RemoteId, inUse: boolean): void {
    if (entry.resetToken !== undefined) this.registry.onResetToken(entry.resetToken.bytes(), inUse)
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
    this.unsent = [...this.unsent, entry.sequence]
    this.tell(entry, false)
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
    return resetToken.equals(candidate)
  }

  /** Sequence numbers for RETIRE_CONNECTION_ID frames, to be sent. */
  get pendingRetirements(): readonly number[] {
    return this.unsent
  }

  /** The next of them is sent; undefined when none waits. */
  takeRetirement(): number | undefined {
    const [sequence] = this.unsent
    if (sequence === undefined) return undefined
    this.unsent = this.unsent.length === 1 ? NONE : this.unsent.slice(1)
    return sequence
  }

  onRetirementAcked(sequence: number): void {
    this.retiring.delete(sequence)
  }

  /** A repeated probe, or a late ACK, may say so of one that is done or waits already. */
  onRetirementLost(sequence: number): void {
    if (!this.retiring.has(sequence) || this.unsent.includes(sequence)) return
    this.unsent = [...this.unsent, sequence]
  }

  discard(): void {
    for (const entry of this.active) this.tell(entry, false)
  }
}
