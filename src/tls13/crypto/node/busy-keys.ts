/** What can do without what makes it fast. */
export interface BusyKey {
  /** Set by the key whenever it is used. */
  isUsed: boolean
  rest(): void
}

/** Keys looked at to find one that may rest: what one more key costs must not grow with their number. */
const MAX_LOOKS = 8

/**
 * The keys that were given memory to be fast, at most `capacity` of them. Where one more is, one rests
 * that was not used since it was last looked at; where all were, the new one has to do without. Keys
 * that nobody holds any more are not held back from the garbage collector.
 */
export class BusyKeys {
  private readonly capacity: number
  private readonly keys: WeakRef<BusyKey>[] = []
  private hand = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** False when there is no place for it. */
  add(key: BusyKey): boolean {
    const { capacity, keys } = this
    if (keys.length < capacity) {
      keys.push(new WeakRef(key))
      return true
    }
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const at = this.hand
      this.hand = (at + 1) % capacity
      const other = keys[at]!.deref()
      if (other?.isUsed) {
        other.isUsed = false
        continue
      }
      other?.rest()
      keys[at] = new WeakRef(key)
      return true
    }
    return false
  }
}
