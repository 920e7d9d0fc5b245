import type { Field } from './field.ts'

/** What an entry counts besides the bytes of its name and value (RFC 9204 §3.2.1). */
export const ENTRY_OVERHEAD = 32

export function entrySize(field: Field): number {
  return field.name.length + field.value.length + ENTRY_OVERHEAD
}

/** Slots of a table that has an entry. */
const FIRST_SLOTS = 4

/** Of all tables without one. */
const NO_SLOTS: never[] = []

/** The entries of a dynamic table, by absolute index, in a ring (RFC 9204 §3.2). */
export class DynamicTable<Entry extends Field> {
  private slots: (Entry | undefined)[] = NO_SLOTS
  /** Entries ever inserted: the absolute index of the next one. */
  insertCount = 0
  /** Entries ever evicted: the absolute index of the oldest one that is left. */
  dropCount = 0
  size = 0
  capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Undefined for what has been evicted or not yet inserted. */
  get(index: number): Entry | undefined {
    if (index < this.dropCount || index >= this.insertCount) return undefined
    return this.slots[index % this.slots.length]
  }

  /** Appends an entry for which {@link makeRoom} has made room. */
  insert(entry: Entry): void {
    if (this.insertCount - this.dropCount === this.slots.length) this.grow()
    this.slots[this.insertCount % this.slots.length] = entry
    this.insertCount++
    this.size += entrySize(entry)
  }

  evictOldest(): Entry {
    const slot = this.dropCount % this.slots.length
    const entry = this.slots[slot]!
    this.slots[slot] = undefined
    this.dropCount++
    this.size -= entrySize(entry)
    return entry
  }

  /** Evicts until `size` more bytes fit; false, and nothing evicted, when they never would. */
  makeRoom(size: number): boolean {
    if (size > this.capacity) return false
    while (this.size + size > this.capacity) this.evictOldest()
    return true
  }

  setCapacity(capacity: number): void {
    this.capacity = capacity
    this.makeRoom(0)
  }

  private grow(): void {
    const count = Math.max(FIRST_SLOTS, this.slots.length * 2)
    const next: (Entry | undefined)[] = new Array(count).fill(undefined)
    for (let i = this.dropCount; i < this.insertCount; i++)
      next[i % next.length] = this.slots[i % this.slots.length]
    this.slots = next
  }
}
