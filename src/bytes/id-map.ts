/** Of all maps that hold nothing, which in an idle connection most do. */
const NO_IDS: number[] = []
const NO_ITEMS: never[] = []

const FIRST_CAPACITY = 4
/** Up to here a table stays as large as it was once. */
const KEPT_CAPACITY = 16
/** 2^32 divided by the golden ratio: ids that follow each other come to lie far apart. */
const SPREAD = 0x9e3779b1

/**
 * A map from ids (whole numbers from 0 to 2^53 - 1) to items, for what comes and goes all the time.
 *
 * V8's own `Map` is not for that. It replaces its table now and then, and an old table points to the new
 * one: once one of them is in the old generation, all later ones, with all that they held, survive every
 * collection of the young generation until the next full one. That made each of them a hundred times as
 * slow. An empty `Map` also takes 184 bytes.
 *
 * Open addressing with linear probing; deleting moves what follows back, so that no marks stay.
 */
export class IdMap<T> {
  size = 0
  private ids = NO_IDS
  private items: (T | undefined)[] = NO_ITEMS
  /** Of a hash, so that its upper bits are left: as many as an index has. */
  private shift = 0

  has(id: number): boolean {
    return this.get(id) !== undefined
  }

  get(id: number): T | undefined {
    return this.size === 0 ? undefined : this.items[this.find(id)]
  }

  set(id: number, item: T): void {
    // At most three quarters full, so that a search ends soon.
    if (this.size * 4 >= this.ids.length * 3)
      this.resize(Math.max(FIRST_CAPACITY, this.ids.length * 2))
    const index = this.find(id)
    if (this.items[index] === undefined) this.size++
    this.ids[index] = id
    this.items[index] = item
  }

  /** Whether the id was there. */
  delete(id: number): boolean {
    if (this.size === 0) return false
    const { ids, items } = this
    const mask = ids.length - 1
    let gap = this.find(id)
    if (items[gap] === undefined) return false
    this.size--
    for (let i = (gap + 1) & mask; items[i] !== undefined; i = (i + 1) & mask) {
      // It may fill the gap if its search, which begins at its hash, passes there.
      const distance = (i - this.hash(ids[i]!)) & mask
      if (distance < ((i - gap) & mask)) continue
      ids[gap] = ids[i]!
      items[gap] = items[i]
      gap = i
    }
    items[gap] = undefined
    // What a burst needed is given back.
    if (ids.length > KEPT_CAPACITY && this.size * 8 <= ids.length) this.resize(ids.length / 4)
    return true
  }

  clear(): void {
    this.size = 0
    this.ids = NO_IDS
    this.items = NO_ITEMS
  }

  /** All items, in no order; the map may change while they are gone through. */
  values(): T[] {
    const found: T[] = []
    for (const item of this.items) if (item !== undefined) found.push(item)
    return found
  }

  /** Where the id is, or where it would be put. */
  private find(id: number): number {
    const { ids, items } = this
    const mask = ids.length - 1
    let index = this.hash(id)
    while (items[index] !== undefined && ids[index] !== id) index = (index + 1) & mask
    return index
  }

  private hash(id: number): number {
    return Math.imul(id, SPREAD) >>> this.shift
  }

  /** @param capacity a power of two, larger than the size */
  private resize(capacity: number): void {
    const { ids, items } = this
    this.ids = new Array<number>(capacity).fill(0)
    this.items = new Array<T | undefined>(capacity).fill(undefined)
    this.shift = Math.clz32(capacity) + 1
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      if (item === undefined) continue
      const index = this.find(ids[i]!)
      this.ids[index] = ids[i]!
      this.items[index] = item
    }
  }
}
