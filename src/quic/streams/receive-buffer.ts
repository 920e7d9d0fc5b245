import { Deque, RangeSet } from '../../bytes/index.ts'

/** A piece smaller than this part of its backing memory is copied, so that it can't pin the rest. */
const COPY_BELOW_FRACTION = 4

interface Piece {
  offset: number
  bytes: Uint8Array
}

/** Puts bytes that arrive in any order, some of them twice, into order. */
export class ReceiveBuffer {
  /** In order, not yet read. */
  private readonly ready = new Deque<Uint8Array>()
  /** Behind a gap, sorted, without overlaps. */
  private readonly pending: Piece[] = []
  /** What is in `pending`. */
  private readonly pendingRanges = new RangeSet()
  /** First byte not yet in order. */
  contiguousEnd = 0
  readOffset = 0

  /** Bytes that wait behind a gap or to be read. */
  get bufferedEnd(): number {
    return this.pendingRanges.isEmpty ? this.contiguousEnd : this.pendingRanges.max! + 1
  }

  get gaps(): number {
    return this.pendingRanges.count
  }

  get hasReadable(): boolean {
    return this.ready.length > 0
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
    this.ready.push(compact(bytes))
    this.contiguousEnd += bytes.length
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
  }

  /** Moves pieces that have become contiguous. */
  private promote(): void {
    const { pending } = this
    let count = 0
    while (count < pending.length && pending[count]!.offset === this.contiguousEnd) {
      const { bytes } = pending[count]!
      this.ready.push(bytes)
      this.contiguousEnd += bytes.length
      count++
    }
    if (count === 0) return
    pending.splice(0, count)
    this.pendingRanges.remove(0, this.contiguousEnd)
  }

  read(): Uint8Array | undefined {
    const bytes = this.ready.shift()
    if (bytes !== undefined) this.readOffset += bytes.length
    return bytes
  }

  discard(): void {
    this.ready.clear()
    this.pending.length = 0
    this.pendingRanges.clear()
  }
}

function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * COPY_BELOW_FRACTION < bytes.buffer.byteLength ? bytes.slice() : bytes
}
