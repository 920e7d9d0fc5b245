/** `heapIndex` of what is in no heap. */
export const NOT_IN_HEAP = -1

/** What a heap holds knows its place, so that it can be moved and taken out. Of one heap at a time. */
export interface HeapItem {
  /** Written by the heap alone; `NOT_IN_HEAP` at first. */
  heapIndex: number
}

/**
 * A binary heap of items by key, smallest first. Items of equal keys come out in the order in which
 * they went in, so that whoever runs on it is deterministic.
 */
export class MinHeap<T extends HeapItem> {
  // Apart from the items: sifting compares numbers that lie together.
  private readonly keys: number[] = []
  private readonly orders: number[] = []
  private readonly items: T[] = []
  private pushed = 0

  get length(): number {
    return this.items.length
  }

  /** The smallest key; undefined when empty. */
  peekKey(): number | undefined {
    return this.keys[0]
  }

  /** The item that `pop` would return. */
  peek(): T | undefined {
    return this.items[0]
  }

  /** The key of an item that is in this heap. */
  keyOf(item: T): number {
    return this.keys[item.heapIndex]!
  }

  push(key: number, item: T): void {
    const { keys, orders, items } = this
    const order = this.pushed++
    const at = items.length
    // Grows the arrays first; the hole then moves up to where the new item belongs.
    keys.push(key)
    orders.push(order)
    items.push(item)
    this.siftUp(at, key, order, item)
  }

  /** Takes out the item of the smallest key; undefined when empty. */
  pop(): T | undefined {
    const top = this.items[0]
    if (top !== undefined) this.remove(top)
    return top
  }

  /** Gives an item that is in this heap another key, as if it had been taken out and pushed again. */
  move(key: number, item: T): void {
    this.replace(item.heapIndex, key, this.pushed++, item)
  }

  /** Takes out an item that is in this heap. */
  remove(item: T): void {
    const { keys, orders, items } = this
    const at = item.heapIndex
    item.heapIndex = NOT_IN_HEAP
    const key = keys.pop()!
    const order = orders.pop()!
    const last = items.pop()!
    if (at < items.length) this.replace(at, key, order, last)
  }

  /** Puts an item in the place of another, or of itself, and then where it belongs. */
  private replace(at: number, key: number, order: number, item: T): void {
    if (this.isBefore(at, key, order)) this.siftDown(at, key, order, item)
    else this.siftUp(at, key, order, item)
  }

  private siftUp(from: number, key: number, order: number, item: T): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (this.isBefore(parent, key, order)) break
      this.copy(parent, at)
      at = parent
    }
    this.place(at, key, order, item)
  }

  private siftDown(from: number, key: number, order: number, item: T): void {
    const { keys, orders, items } = this
    const { length } = items
    let at = from
    for (;;) {
      let child = at * 2 + 1
      if (child >= length) break
      if (child + 1 < length && this.isBefore(child + 1, keys[child]!, orders[child]!)) child++
      if (!this.isBefore(child, key, order)) break
      this.copy(child, at)
      at = child
    }
    this.place(at, key, order, item)
  }

  private isBefore(at: number, key: number, order: number): boolean {
    const other = this.keys[at]!
    return other < key || (other === key && this.orders[at]! < order)
  }

  private copy(from: number, to: number): void {
    this.place(to, this.keys[from]!, this.orders[from]!, this.items[from]!)
  }

  private place(at: number, key: number, order: number, item: T): void {
    this.keys[at] = key
    this.orders[at] = order
    this.items[at] = item
    item.heapIndex = at
  }
}
