import { concatBytes, RangeSet } from '../../bytes/index.ts'
import { MAX_STREAM_GAPS, MIN_BYTES_PER_GAP } from '../limits.ts'
import { compact } from './compact.ts'

/** Pieces behind gaps are joined when there are more than this, and less than so many bytes in each. */
const MAX_PIECES_BESIDES_GAPS = 64
const MIN_BYTES_PER_PIECE = 256

interface Piece {
  offset: number
  bytes: Uint8Array
}

/** The bytes of a stream that came before others which belong in front of them. */
export class PendingPieces {
  /** Sorted, without overlaps. */
  private pieces: Piece[] = []
  /** What is in `pieces`. */
  private readonly ranges = new RangeSet()
  private bytes = 0

  get isEmpty(): boolean {
    return this.pieces.length === 0
  }

  /** Pieces of memory that are held. */
  get count(): number {
    return this.pieces.length
  }

  get gaps(): number {
    return this.ranges.count
  }

  /** Whether there are more gaps than what lies behind them is worth. */
  get isScattered(): boolean {
    const { gaps } = this
    return gaps > MAX_STREAM_GAPS && this.bytes < gaps * MIN_BYTES_PER_GAP
  }

  /** Inserts those parts of the bytes that are not here already. */
  insert(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    const { ranges } = this
    let from = offset
    let index = ranges.firstEndingAtOrAfter(from + 1)
    while (from < end) {
      const nextStart = index < ranges.count ? ranges.start(index) : end
      if (nextStart > from) {
        const to = Math.min(end, nextStart)
        this.insertPiece(from, bytes.subarray(from - offset, to - offset))
        from = to
      } else {
        from = ranges.end(index++)
      }
    }
    ranges.add(offset, end)
    this.join()
  }

  private insertPiece(offset: number, bytes: Uint8Array): void {
    const { pieces } = this
    let low = 0
    let high = pieces.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (pieces[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    pieces.splice(low, 0, { offset, bytes: compact(bytes) })
    this.bytes += bytes.length
  }

  /** Pieces that touch become one where they are many and small. */
  private join(): void {
    const { pieces, ranges } = this
    const excess = pieces.length - ranges.count - MAX_PIECES_BESIDES_GAPS
    if (excess <= 0 || excess * MIN_BYTES_PER_PIECE <= this.bytes) return
    const joined: Piece[] = []
    let index = 0
    for (let i = 0; i < ranges.count; i++) {
      const parts: Uint8Array[] = []
      for (; index < pieces.length && pieces[index]!.offset < ranges.end(i); index++) {
        parts.push(pieces[index]!.bytes)
      }
      const bytes = parts.length === 1 ? parts[0]! : concatBytes(parts)
      joined.push({ offset: ranges.start(i), bytes })
    }
    this.pieces = joined
  }

  /** Hands over the pieces that follow each other from `offset`, which is not behind the first one, on. */
  takeFrom(offset: number): readonly Piece[] {
    const { pieces } = this
    let end = offset
    let count = 0
    for (; count < pieces.length && pieces[count]!.offset === end; count++) {
      end += pieces[count]!.bytes.length
    }
    this.bytes -= end - offset
    this.ranges.remove(offset, end)
    return pieces.splice(0, count)
  }
}
