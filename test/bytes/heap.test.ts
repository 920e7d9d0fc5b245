import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type HeapItem, MinHeap, NOT_IN_HEAP } from '../../src/bytes/index.ts'

const test = suite('bytes/heap')

class Item<T> implements HeapItem {
  heapIndex = NOT_IN_HEAP
  readonly value: T

  constructor(value: T) {
    this.value = value
  }
}

function drain<T>(heap: MinHeap<Item<T>>): T[] {
  const values: T[] = []
  for (;;) {
    const item = heap.pop()
    if (item === undefined) return values
    values.push(item.value)
  }
}

test('an empty heap has nothing to give', () => {
  const heap = new MinHeap<Item<string>>()
  assert.is(heap.length, 0)
  assert.is(heap.peek(), undefined)
  assert.is(heap.peekKey(), undefined)
  assert.is(heap.pop(), undefined)
})

test('items come out by their keys', () => {
  const heap = new MinHeap<Item<string>>()
  for (const [key, name] of [
    [5, 'five'],
    [-1, 'minus one'],
    [3.5, 'three and a half'],
    [3, 'three'],
  ] as const)
    heap.push(key, new Item(name))
  assert.is(heap.peek()?.value, 'minus one')
  assert.is(heap.peekKey(), -1)
  assert.equal(drain(heap), ['minus one', 'three', 'three and a half', 'five'])
})

test('items of one key come out in the order they went in', () => {
  const heap = new MinHeap<Item<number>>()
  for (let i = 0; i < 1000; i++) heap.push(i % 3, new Item(i))
  const expected = [0, 1, 2].flatMap((rest) =>
    Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 3 === rest),
  )
  assert.equal(drain(heap), expected)
})

test('pushes, moves, pops and removals in any order agree with a sorted list', () => {
  const heap = new MinHeap<Item<number>>()
  const list: { key: number; order: number; item: Item<number> }[] = []
  const sort = () => list.sort((a, b) => a.key - b.key || a.order - b.order)
  let state = 12345
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 8
  }
  for (let order = 0; order < 20_000; order++) {
    const action = random() % 10
    if (action < 4 || list.length === 0) {
      const key = random() % 50
      const item = new Item(order)
      heap.push(key, item)
      list.push({ key, order, item })
    } else if (action < 6) {
      const entry = list[random() % list.length]!
      entry.key = random() % 50
      entry.order = order
      heap.move(entry.key, entry.item)
      assert.is(heap.keyOf(entry.item), entry.key)
    } else {
      sort()
      assert.is(heap.peekKey(), list[0]!.key)
      const at = action < 8 ? 0 : random() % list.length
      const [{ key, item }] = list.splice(at, 1) as [(typeof list)[number]]
      if (action < 8) assert.is(heap.pop(), item)
      else {
        assert.is(heap.keyOf(item), key)
        heap.remove(item)
      }
      assert.is(item.heapIndex, NOT_IN_HEAP)
    }
    assert.is(heap.length, list.length)
  }
  assert.equal(
    drain(heap),
    sort().map(({ item }) => item.value),
  )
})

test.run()
