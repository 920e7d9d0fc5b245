import { DynamicTable, ENTRY_OVERHEAD, entrySize } from './dynamic-table.ts'
import type { Field } from './field.ts'
import { STATIC_NAMES } from './static-table.ts'

/** Both tables' entries of one name. */
export class NameEntries {
  /** Lowest index in the static table, or -1. */
  readonly staticIndex: number
  readonly staticValues: ReadonlyMap<string, number> | undefined
  /** Absolute index of the newest dynamic entry with this name, or -1. */
  newest = -1
  /** Absolute index of the newest dynamic entry, by value. */
  values: Map<string, number> | undefined = undefined

  constructor(name: string) {
    const known = STATIC_NAMES.get(name)
    this.staticIndex = known === undefined ? -1 : known.index
    this.staticValues = known?.values
  }
}

class EncoderEntry implements Field {
  readonly name: string
  readonly value: string
  /** The next older entry with the same name and value, or -1. */
  readonly older: number
  /** Unacknowledged sections of which this is the oldest reference. */
  pins = 0

  constructor(name: string, value: string, older: number) {
    this.name = name
    this.value = value
    this.older = older
  }
}

/**
 * The encoder's dynamic table: finds entries by name and value, and evicts only what the decoder is
 * known to have and to need no more (RFC 9204 §2.1.1).
 */
export class EncoderTable {
  private readonly entries = new DynamicTable<EncoderEntry>(0)
  private readonly names = new Map<string, NameEntries>()
  /** Insertions that the decoder has acknowledged (RFC 9204 §2.1.4). */
  knownReceivedCount = 0
  /** Entries below are soon to be evicted and not to be referred to any more (§2.1.1.1). */
  private drainingIndex = 0
  private drainingSize = 0

  get capacity(): number {
    return this.entries.capacity
  }

  set capacity(bytes: number) {
    this.entries.setCapacity(bytes)
  }

  get insertCount(): number {
    return this.entries.insertCount
  }

  /** The entries of a name, if either table has any. */
  find(name: string): NameEntries | undefined {
    const found = this.names.get(name)
    if (found !== undefined || !STATIC_NAMES.has(name)) return found
    const entries = new NameEntries(name)
    this.names.set(name, entries)
    return entries
  }

  has(index: number): boolean {
    return this.entries.get(index) !== undefined
  }

  isDraining(index: number): boolean {
    return index < this.drainingIndex
  }

  /** The next older entry of the same name and value, -1 if there is none any more. */
  olderCopy(index: number): number {
    return this.entries.get(index)?.older ?? -1
  }

  /** Whether `size` bytes are free without evicting anything. */
  hasFree(size: number): boolean {
    return this.entries.size + size <= this.entries.capacity
  }

  sizeAt(index: number): number {
    return entrySize(this.entries.get(index)!)
  }

  /**
   * Whether an entry of `size` bytes can go in. Entries from `keepFrom` on, which the section at work
   * refers to, stay.
   */
  canInsert(size: number, keepFrom: number): boolean {
    const { entries, knownReceivedCount } = this
    let excess = entries.size + size - entries.capacity
    const end = Math.min(keepFrom, knownReceivedCount)
    for (let index = entries.dropCount; excess > 0; index++) {
      if (index >= end) return false
      const entry = entries.get(index)!
      if (entry.pins > 0) return false
      excess -= entrySize(entry)
    }
    return true
  }

  /** Inserts after {@link canInsert} has said yes; returns the absolute index. */
  insert(name: string, value: string): number {
    const { entries } = this
    const size = name.length + value.length + ENTRY_OVERHEAD
    while (entries.size + size > entries.capacity) this.evictOldest()
    const index = entries.insertCount
    let named = this.find(name)
    if (named === undefined) {
      named = new NameEntries(name)
      this.names.set(name, named)
    }
    entries.insert(new EncoderEntry(name, value, named.values?.get(value) ?? -1))
    named.values ??= new Map()
    named.values.set(value, index)
    named.newest = index
    this.drain()
    return index
  }

  /** Inserts another copy of an entry that is there. */
  duplicate(index: number): number {
    const { name, value } = this.entries.get(index)!
    return this.insert(name, value)
  }

  pin(index: number): void {
    this.entries.get(index)!.pins++
  }

  unpin(index: number): void {
    this.entries.get(index)!.pins--
  }

  private evictOldest(): void {
    const index = this.entries.dropCount
    const entry = this.entries.evictOldest()
    if (index < this.drainingIndex) this.drainingSize -= entrySize(entry)
    else this.drainingIndex = index + 1
    const named = this.names.get(entry.name)!
    if (named.values?.get(entry.value) === index) named.values.delete(entry.value)
    if (named.newest === index) {
      named.newest = -1
      if (named.staticIndex < 0) this.names.delete(entry.name)
    }
  }

  /** Keeps a quarter of the capacity free or about to be. */
  private drain(): void {
    const { entries } = this
    const referable = entries.capacity - (entries.capacity >>> 2)
    while (entries.size - this.drainingSize > referable) {
      this.drainingSize += entrySize(entries.get(this.drainingIndex)!)
      this.drainingIndex++
    }
  }
}
