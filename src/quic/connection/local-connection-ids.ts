import { equalBytes } from '../../bytes/index.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_ISSUED_CONNECTION_IDS } from '../limits.ts'

/** Where connection ids come from and where datagrams that carry them are routed. */
export interface ConnectionIdRegistry {
  create(): Uint8Array
  resetToken(id: Uint8Array): Uint8Array
  add(id: Uint8Array): void
  remove(id: Uint8Array): void
}

/** The connection ids that the peer uses to reach us (RFC 9000 §5.1.1). */
export class LocalConnectionIds {
  private readonly active = new Map<number, Uint8Array>()
  private nextSequence = 1
  /** The highest sequence number that the peer may have heard of. */
  private highestTold = 0
  /** Sequence numbers to be told to the peer. */
  readonly pending: number[] = []
  /** The peer's active_connection_id_limit. */
  private limit = 1
  private readonly registry: ConnectionIdRegistry
  /** The id with which the connection began; sequence number 0. */
  readonly first: Uint8Array

  constructor(registry: ConnectionIdRegistry) {
    this.registry = registry
    this.first = registry.create()
    registry.add(this.first)
    this.active.set(0, this.first)
  }

  onPeerLimit(limit: number): void {
    this.limit = Math.min(limit, MAX_ISSUED_CONNECTION_IDS)
  }

  /** Makes as many ids as the peer may hold. */
  issue(): void {
    while (this.active.size < this.limit) {
      const id = this.registry.create()
      this.registry.add(id)
      this.active.set(this.nextSequence, id)
      this.pending.push(this.nextSequence++)
    }
  }

  get(sequence: number): Uint8Array | undefined {
    return this.active.get(sequence)
  }

  resetToken(id: Uint8Array): Uint8Array {
    return this.registry.resetToken(id)
  }

  onTold(sequence: number): void {
    this.highestTold = Math.max(this.highestTold, sequence)
  }

  /** The NEW_CONNECTION_ID frame was lost. */
  onLost(sequence: number): void {
    if (this.active.has(sequence) && !this.pending.includes(sequence)) this.pending.push(sequence)
  }

  /** @param carriedBy destination connection id of the packet that the frame came in (RFC 9000 §19.16) */
  onRetire(sequence: number, carriedBy: Uint8Array): void {
    if (sequence > this.highestTold) {
      throw new TransportError(TransportErrorCode.protocolViolation, 'retires an id never issued')
    }
    const id = this.active.get(sequence)
    if (id === undefined) return
    if (equalBytes(id, carriedBy)) {
      throw new TransportError(
        TransportErrorCode.protocolViolation,
        'retires the id that carries it',
      )
    }
    this.active.delete(sequence)
    this.registry.remove(id)
    this.issue()
  }

  discard(): void {
    for (const id of this.active.values()) this.registry.remove(id)
    this.active.clear()
    this.pending.length = 0
  }
}
