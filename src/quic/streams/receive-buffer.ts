import { concatBytes, Deque, RangeSet } from '../../bytes/index.ts'

/** A piece smaller than this part of its backing memory is copied, so that it can't pin the rest. */
const COPY_BELOW_FRACTION = 4

/** Smaller pieces in order are gathered when others wait: an object for each would outweigh what is in it. */
const GATHER_BELOW = 256
const GATHER_CAPACITY = 4096

/** Pieces behind gaps are joined when there are more than this, and less than so many bytes in each. */
const MAX_PIECES_BESIDES_GAPS = 64
const MIN_BYTES_PER_PIECE = 256

interface Piece {
  offset: number
  bytes: Uint8Array
}

/** Puts bytes that arrive in any order, some of them twice, into order. */
export class ReceiveBuffer {
  /** In order, not yet read. */
  private readonly ready = new Deque<Uint8Array>()
  /** Small pieces behind `ready`, next to each other. */
  private gathered: Uint8Array | undefined = undefined
  private gatheredLength = 0
  /** Behind a gap, sorted, without overlaps. */
  private readonly pending: Piece[] = []
  /** What is in `pending`. */
  private readonly pendingRanges = new RangeSet()
  private pendingBytes = 0
  /** First byte not yet in order. */
  contiguousEnd = 0
  readOffset = 0

  get gaps(): number {
    return this.pendingRanges.count
  }

  get hasReadable(): boolean {
    return this.ready.length > 0 || this.gatheredLength > 0
  }

  /** Pieces of memory that are held. */
  get pieces(): number {
    return this.ready.length + this.pending.length + (this.gathered === undefined ? 0 : 1)
  }

  /** Takes bytes at `offset`; where they overlap others the first ones are kept. */
  insert(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end <= this.contiguousEnd) return
    if (offset <= this.contiguousEnd) {
      const fresh =
        offset === this.contiguousEnd ? bytes : bytes.subarray(this.contiguousEnd - offset)
      if (this.pending.length === 0) this.append(fresh)
      else this.insertPieces(this.contiguousEnd, fresh)
    } else {
      this.insertPieces(offset, bytes)
    }
    this.promote()
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

  /** Inserts those parts of the bytes that are not pending already. */
  private insertPieces(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    const ranges = this.pendingRanges
    let from = offset
    let index = 0
    while (from < end) {
      while (index < ranges.count && ranges.end(index) <= from) index++
      const nextStart = index < ranges.count ? ranges.start(index) : end
      if (nextStart > from) {
        const to = Math.min(end, nextStart)
        this.insertPiece(from, bytes.subarray(from - offset, to - offset))
        from = to
      } else {
        from = ranges.end(index)
      }
    }
    ranges.add(offset, end)
    this.join()
  }

  /** Pieces that touch become one where they are many and small. */
  private join(): void {
    const { pending, pendingRanges: ranges } = this
    const excess = pending.length - ranges.count - MAX_PIECES_BESIDES_GAPS
    if (excess <= 0 || excess * MIN_BYTES_PER_PIECE <= this.pendingBytes) return
    const joined: Piece[] = []
    let index = 0
    for (let i = 0; i < ranges.count; i++) {
      const parts: Uint8Array[] = []
      for (; index < pending.length && pending[index]!.offset < ranges.end(i); index++) {
        parts.push(pending[index]!.bytes)
      }
      const bytes = parts.length === 1 ? parts[0]! : concatBytes(parts)
      joined.push({ offset: ranges.start(i), bytes })
    }
    pending.length = 0
    for (const piece of joined) pending.push(piece)
  }

  private insertPiece(offset: number, bytes: Uint8Array): void {
    const { pending } = this
    let low = 0
    let high = pending.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (pending[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    pending.splice(low, 0, { offset, bytes: compact(bytes) })
    this.pendingBytes += bytes.length
  }

  /** Moves pieces that have become contiguous. */
  private promote(): void {
    const { pending } = this
    let count = 0
    while (count < pending.length && pending[count]!.offset === this.contiguousEnd) {
      const { bytes } = pending[count]!
      this.pendingBytes -= bytes.length
      this.append(bytes)
      count++
    }
    if (count === 0) return
    pending.splice(0, count)
    this.pendingRanges.remove(0, this.contiguousEnd)
  }

  read(): Uint8Array | undefined {
    const bytes = this.ready.shift() ?? this.takeGathered()
    if (bytes !== undefined) this.readOffset += bytes.length
    return bytes
  }

  discard(): void {
    this.ready.clear()
    this.takeGathered()
    this.pending.length = 0
    this.pendingBytes = 0
    this.pendingRanges.clear()
  }
}

function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * COPY_BELOW_FRACTION < bytes.buffer.byteLength ? bytes.slice() : bytes
}
