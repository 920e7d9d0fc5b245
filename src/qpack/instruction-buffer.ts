const NONE: Uint8Array = new Uint8Array(0)

/** Keeps the start of an instruction whose end has not come yet. */
export class InstructionBuffer {
  private kept = NONE
  private length = 0

  /** How many bytes wait for their instruction to be completed. */
  get pending(): number {
    return this.length
  }

  /** What is kept, followed by `bytes`: a view, good until the next call. */
  join(bytes: Uint8Array): Uint8Array {
    if (this.length === 0) return bytes
    const length = this.length + bytes.length
    if (length > this.kept.length) {
      const larger = new Uint8Array(Math.max(64, length, this.kept.length * 2))
      larger.set(this.kept.subarray(0, this.length))
      this.kept = larger
    }
    this.kept.set(bytes, this.length)
    this.length = length
    return this.kept.subarray(0, length)
  }

  /** Keeps what {@link join} gave from `start` on, in place of all that was kept. */
  keep(joined: Uint8Array, start: number): void {
    const rest = joined.length - start
    if (rest === 0) {
      this.kept = NONE
    } else if (this.length === 0) {
      this.kept = joined.slice(start)
    } else {
      this.kept.copyWithin(0, start, joined.length)
    }
    this.length = rest
  }
}
