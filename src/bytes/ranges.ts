/** Of all empty sets: at rest, most of a connection's are. Never written to. */
const NO_EDGES: number[] = []

/**
 * A sorted set of integers kept as disjoint half-open ranges [start, end), flat in one array.
 * Packet numbers seen, stream bytes received and stream bytes acknowledged are all kept so.
 */
export class RangeSet {
  /** start, end, start, end … ascending. */
  private edges: number[] = NO_EDGES

  /** How many ranges there are. */
  get count(): number {
    return this.edges.length >>> 1
  }

  get isEmpty(): boolean {
    return this.edges.length === 0
  }

  start(index: number): number {
    return this.edges[index * 2]!
  }

  end(index: number): number {
    return this.edges[index * 2 + 1]!
  }

  /** The smallest member; undefined when empty. */
  get min(): number | undefined {
    return this.edges[0]
  }

  /** The largest member; undefined when empty. */
  get max(): number | undefined {
    const { edges } = this
    return edges.length === 0 ? undefined : edges[edges.length - 1]! - 1
  }

  /** The index of the first range whose end is >= `value`; `count` when there is none. */
  firstEndingAtOrAfter(value: number): number {
    const { edges } = this
    let low = 0
    let high = edges.length >>> 1
    // What comes in order is behind all others.
    if (high > 0 && edges[high * 2 - 1]! < value) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (edges[middle * 2 + 1]! < value) low = middle + 1
      else high = middle
    }
    return low
  }

  has(value: number): boolean {
    const i = this.firstEndingAtOrAfter(value + 1)
    return i < this.count && this.edges[i * 2]! <= value
  }

  /** Adds [start, end); returns whether any of it was new. */
  add(start: number, end: number): boolean {
    if (start >= end) return false
    const { edges } = this
    const last = edges.length
    if (last > 0 && edges[last - 1] === start) {
      edges[last - 1] = end
      return true
    }
    if (last === 0) {
      // Most sets have one range and stay so: a literal takes two slots, a push seventeen.
      this.edges = [start, end]
      return true
    }
    if (edges[last - 1]! < start) {
      edges.push(start, end)
      return true
    }
    const from = this.firstEndingAtOrAfter(start)
    if (from < this.count && edges[from * 2]! <= start && edges[from * 2 + 1]! >= end) return false
    let to = from
    while (to < this.count && edges[to * 2]! <= end) to++
    if (to === from) {
      edges.splice(from * 2, 0, start, end)
      return true
    }
    const mergedStart = Math.min(start, edges[from * 2]!)
    const mergedEnd = Math.max(end, edges[to * 2 - 1]!)
    edges.splice(from * 2, (to - from) * 2, mergedStart, mergedEnd)
    return true
  }

  /** Removes [start, end). */
  remove(start: number, end: number): void {
    if (start >= end) return
    const { edges } = this
    for (let i = this.firstEndingAtOrAfter(start); i < this.count && edges[i * 2]! < end; ) {
      const rangeStart = edges[i * 2]!
      const rangeEnd = edges[i * 2 + 1]!
      if (rangeStart >= start && rangeEnd <= end) {
        edges.splice(i * 2, 2)
      } else if (rangeStart < start && rangeEnd > end) {
        edges.splice(i * 2 + 1, 0, start, end)
        return
      } else {
        if (rangeStart < start) edges[i * 2 + 1] = Math.min(rangeEnd, start)
        else edges[i * 2] = end
        i++
      }
    }
  }

  /** Forgets the lowest range. */
  shift(): void {
    if (this.edges.length > 2) this.edges.splice(0, 2)
    else this.edges = NO_EDGES
  }

  clear(): void {
    this.edges = NO_EDGES
  }
}
