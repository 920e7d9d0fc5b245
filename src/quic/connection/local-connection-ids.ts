import { idBytes, idKey, isKeyOf } from '../connection-id.ts'
import { TransportError, TransportErrorCode } from '../errors.ts'
import { MAX_ISSUED_CONNECTION_IDS } from '../limits.ts'

/** Where connection ids come from and where datagrams that carry them are routed, by `idKey`. */
export interface ConnectionIdRegistry {
  create(): Uint8Array
  resetToken(id: Uint8Array): Uint8Array
  add(key: string): void
  remove(key: string): void
}

/** Shared by all connections that have nothing to tell. */
const NONE: readonly number[] = []

/** The connection ids that the peer uses to reach us (RFC 9000 §5.1.1). */
export class LocalConnectionIds {
  /** The keys of the ids, by sequence number. */
  private readonly active = new Map<number, string>()
  private nextSequence = 1
  /** The highest sequence number that the peer may have heard of. */
  private highestTold = 0
  private untold: readonly number[] = NONE
  /** The peer's active_connection_id_limit. */
  private limit = 1
  private readonly registry: ConnectionIdRegistry
  private readonly firstKey: string

  constructor(registry: ConnectionIdRegistry) {
    this.registry = registry
    this.firstKey = this.create(0)
  }

  private create(sequence: number): string {
    const key = idKey(this.registry.create())
    this.registry.add(key)
    this.active.set(sequence, key)
    return key
  }

  /** The id with which the connection began; sequence number 0. */
  get first(): Uint8Array {
    return idBytes(this.firstKey)
  }

  onPeerLimit(limit: number): void {
    this.limit = Math.min(limit, MAX_ISSUED_CONNECTION_IDS)
  }

  /** Makes as many ids as the peer may hold. */
  issue(): void {
    while (this.active.size < this.limit) {
      this.create(this.nextSequence)
      this.untold = [...this.untold, this.nextSequence++]
    }
  }

  get(sequence: number): Uint8Array | undefined {
    const key = this.active.get(sequence)
    return key === undefined ? undefined : idBytes(key)
  }

  /** Whether `id` has this sequence number. */
  has(sequence: number, id: Uint8Array): boolean {
    const key = this.active.get(sequence)
    return key !== undefined && isKeyOf(key, id)
  }

  /** -1 when the id is not ours, or not any more: a client's first packets go to one that it made up. */
  sequenceOf(id: Uint8Array): number {
    for (const [sequence, key] of this.active) if (isKeyOf(key, id)) return sequence
    return -1
  }

  resetToken(id: Uint8Array): Uint8Array {
    return this.registry.resetToken(id)
  }

  /** Sequence numbers to be told to the peer. */
  get pending(): readonly number[] {
    return this.untold
  }

  /** The next sequence number goes into a NEW_CONNECTION_ID frame; undefined when none waits. */
  takePending(): number | undefined {
    const [sequence] = this.untold
    if (sequence === undefined) return undefined
    this.untold = this.untold.length === 1 ? NONE : this.untold.slice(1)
    return sequence
  }

  onTold(sequence: number): void {
    this.highestTold = Math.max(this.highestTold, sequence)
  }

  /** The NEW_CONNECTION_ID frame was lost. */
  onLost(sequence: number): void {
    if (this.active.has(sequence) && !this.untold.includes(sequence)) {
      this.untold = [...this.untold, sequence]
    }
  }

  /** @param carriedBy destination connection id of the packet that the frame came in (RFC 9000 §19.16) */
  onRetire(sequence: number, carriedBy: Uint8Array): void {
    if (sequence > this.highestTold) {
      throw new TransportError(TransportErrorCode.protocolViolation, 'retires an id never issued')
    }
    const key = this.active.get(sequence)
    if (key === undefined) return
    if (isKeyOf(key, carriedBy)) {
      throw new TransportError(
        TransportErrorCode.protocolViolation,
        'retires the id that carries it',
      )
    }
    this.active.delete(sequence)
    this.registry.remove(key)
    this.issue()
  }

  discard(): void {
    for (const key of this.active.values()) this.registry.remove(key)
    this.active.clear()
    this.untold = NONE
  }
}
