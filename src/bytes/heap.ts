/**
 * A binary heap of items by key, smallest first. Items of equal keys come out in the order in which
 * they went in, so that whoever runs on it is deterministic.
 */
export class MinHeap<T> {
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

  push(key: number, item: T): void {
    const { keys, orders, items } = this
    const order = this.pushed++
    let at = items.length
    // Grows the arrays first; the hole then moves up to where the new item belongs. A parent of the
    // same key is older, so only a smaller key passes it.
    keys.push(key)
    orders.push(order)
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (keys[parent]! <= key) break
      this.copy(parent, at)
      at = parent
    }
    this.place(at, key, order, item)
  }

  /** Takes out the item of the smallest key; undefined when empty. */
  pop(): T | undefined {
    const { keys, orders, items } = this
    const top = items[0]
    const key = keys.pop()
    const order = orders.pop()
    const item = items.pop()
    const { length } = items
    if (length === 0 || key === undefined || order === undefined) return top
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= length) break
      if (child + 1 < length && this.isBefore(child + 1, keys[child]!, orders[child]!)) child++
      if (!this.isBefore(child, key, order)) break
      this.copy(child, at)
      at = child
    }
    this.place(at, key, order, item as T)
    return top
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
  }
}
