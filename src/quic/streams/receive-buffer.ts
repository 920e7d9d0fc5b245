import { Deque } from '../../bytes/index.ts'
import { compact } from './compact.ts'
import { PendingPieces } from './pending-pieces.ts'

/** Smaller pieces in order are gathered when others wait: an object for each would outweigh what is in it. */
const GATHER_BELOW = 256
const GATHER_CAPACITY = 4096

/** Puts bytes that arrive in any order, some of them twice, into order. */
export class ReceiveBuffer {
  /** In order, not yet read. */
  private readonly ready = new Deque<Uint8Array>()
  /** Small pieces behind `ready`, next to each other. */
  private gathered: Uint8Array | undefined = undefined
  private gatheredLength = 0
  /** What is behind a gap, while there is one. */
  private pending: PendingPieces | undefined = undefined
  /** First byte not yet in order. */
  contiguousEnd = 0
  readOffset = 0

  /** Whether there are more gaps than what lies behind them is worth. */
  get isScattered(): boolean {
    return this.pending?.isScattered ?? false
  }

  get hasReadable(): boolean {
    return this.ready.length > 0 || this.gatheredLength > 0
  }

  /** Pieces of memory that are held. */
  get pieces(): number {
    const gathered = this.gathered === undefined ? 0 : 1
    return this.ready.length + gathered + (this.pending?.count ?? 0)
  }

  /** Takes bytes at `offset`; where they overlap others the first ones are kept. */
  insert(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end <= this.contiguousEnd) return
    const start = Math.max(offset, this.contiguousEnd)
    const fresh = start === offset ? bytes : bytes.subarray(start - offset)
    if (start === this.contiguousEnd && this.pending === undefined) {
      this.append(fresh)
      return
    }
    this.pending ??= new PendingPieces()
    this.pending.insert(start, fresh)
    this.promote(this.pending)
  }

  private append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.contiguousEnd += bytes.length
    if (bytes.length < GATHER_BELOW && this.hasReadable) {
      this.gather(bytes)
    } else {
      this.closeGathered()
      this.ready.push(compact(bytes))
    }
  }

  private gather(bytes: Uint8Array): void {
    if (this.gatheredLength + bytes.length > GATHER_CAPACITY) this.closeGathered()
    this.gathered ??= new Uint8Array(GATHER_CAPACITY)
    this.gathered.set(bytes, this.gatheredLength)
    this.gatheredLength += bytes.length
  }

  /** What was gathered stands in line like any other piece. */
  private closeGathered(): void {
    const bytes = this.takeGathered()
    if (bytes !== undefined) this.ready.push(bytes)
  }

  private takeGathered(): Uint8Array | undefined {
    const { gathered, gatheredLength } = this
    this.gathered = undefined
    this.gatheredLength = 0
    return gathered === undefined ? undefined : compact(gathered.subarray(0, gatheredLength))
  }

  /** Moves pieces that have become contiguous. */
  private promote(pending: PendingPieces): void {
    for (const { bytes } of pending.takeFrom(this.contiguousEnd)) this.append(bytes)
    if (pending.isEmpty) this.pending = undefined
  }

  read(): Uint8Array | undefined {
    const bytes = this.ready.shift() ?? this.takeGathered()
    if (bytes !== undefined) this.readOffset += bytes.length
    return bytes
  }

  discard(): void {
    this.ready.clear()
    this.takeGathered()
    this.pending = undefined
  }
}
