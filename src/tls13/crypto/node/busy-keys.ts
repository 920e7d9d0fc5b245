/** What can do without what makes it fast. */
export interface BusyKey {
  rest(): void
}

/**
 * The keys that were given memory to be fast, at most `capacity` of them: where one more is, the one that
 * was given it first rests. Keys that nobody uses any more are not held back from the garbage collector.
 */
export class BusyKeys {
  private readonly capacity: number
  private readonly keys: WeakRef<BusyKey>[] = []
  private oldest = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  add(key: BusyKey): void {
    if (this.keys.length < this.capacity) {
      this.keys.push(new WeakRef(key))
      return
    }
    this.keys[this.oldest]!.deref()?.rest()
    this.keys[this.oldest] = new WeakRef(key)
    this.oldest = (this.oldest + 1) % this.capacity
  }
}
