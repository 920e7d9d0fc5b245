import { Deque, RangeSet } from '../../bytes/index.ts'

/**
 * Bytes on their way to the peer, kept until they are acknowledged: of a stream or of one level's
 * CRYPTO data. The chunks are the writer's own, not copies.
 */
export class SendBuffer {
  private readonly chunks = new Deque<Uint8Array>()
  /** Stream offset of the first byte of the first chunk. */
  private base = 0
  /** Bytes ever written. */
  end = 0
  /** First byte never sent. */
  next = 0
  private readonly lost = new RangeSet()
  /** All bytes below are acknowledged. */
  private settled = 0
  /** Acknowledged bytes above. */
  private readonly acked = new RangeSet()
  /** The chunk that was copied from last, so that sequential sends do not search. */
  private cursorIndex = 0
  private cursorStart = 0

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.chunks.push(bytes)
    this.end += bytes.length
  }

  /** Bytes written and never sent. */
  get unsent(): number {
    return this.end - this.next
  }

  /** Bytes that are kept: not sent, or not acknowledged in order. */
  get retained(): number {
    return this.end - this.base
  }

  get hasLost(): boolean {
    return !this.lost.isEmpty
  }

  get allAcked(): boolean {
    return this.settled === this.end
  }

  /** Where the next bytes to send begin: lost ones come first. */
  nextOffset(): number {
    return this.lost.isEmpty ? this.next : this.lost.start(0)
  }

  /** How many bytes may be sent from `nextOffset()`, up to `max`. */
  nextLength(max: number): number {
    if (this.lost.isEmpty) return Math.min(max, this.end - this.next)
    return Math.min(max, this.lost.end(0) - this.lost.start(0))
  }

  /** Copies `length` bytes from `nextOffset()` to `out` and counts them as sent. */
  take(length: number, out: Uint8Array, position: number): void {
    const offset = this.nextOffset()
    this.copy(offset, length, out, position)
    if (this.lost.isEmpty) this.next = offset + length
    else this.lost.remove(offset, offset + length)
  }

  private copy(offset: number, length: number, out: Uint8Array, position: number): void {
    if (offset < this.cursorStart) {
      this.cursorIndex = 0
      this.cursorStart = this.base
    }
    let chunk = this.chunks.at(this.cursorIndex)!
    while (offset >= this.cursorStart + chunk.length) {
      this.cursorStart += chunk.length
      chunk = this.chunks.at(++this.cursorIndex)!
    }
    let from = offset - this.cursorStart
    let left = length
    let at = position
    for (;;) {
      const count = Math.min(left, chunk.length - from)
      out.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), at)
      left -= count
      if (left === 0) return
      at += count
      from = 0
      this.cursorStart += chunk.length
      chunk = this.chunks.at(++this.cursorIndex)!
    }
  }

  onAcked(offset: number, length: number): void {
    const { acked } = this
    const end = offset + length
    this.lost.remove(offset, end)
    if (offset > this.settled) {
      acked.add(offset, end)
      return
    }
    this.settled = Math.max(this.settled, end)
    while (!acked.isEmpty && acked.start(0) <= this.settled) {
      this.settled = Math.max(this.settled, acked.end(0))
      acked.shift()
    }
    for (let front = this.chunks.peek(); front !== undefined; front = this.chunks.peek()) {
      if (this.base + front.length > this.settled) break
      this.chunks.shift()
      this.base += front.length
      if (this.cursorIndex > 0) this.cursorIndex--
      else this.cursorStart = this.base
    }
  }

  onLost(offset: number, length: number): void {
    const end = offset + length
    // Parts that were acknowledged through another packet stay out.
    const { acked } = this
    let from = Math.max(offset, this.settled)
    for (let i = 0; i < acked.count && from < end; i++) {
      if (acked.end(i) <= from) continue
      if (acked.start(i) > from) this.lost.add(from, Math.min(end, acked.start(i)))
      from = acked.end(i)
    }
    if (from < end) this.lost.add(from, end)
  }

  /** Gives up what is kept, and what was never sent. */
  discard(): void {
    this.chunks.clear()
    this.lost.clear()
    this.end = this.next
    this.base = this.end
    this.cursorIndex = 0
    this.cursorStart = this.base
  }
}
