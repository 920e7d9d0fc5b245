import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MinHeap } from '../../src/bytes/index.ts'

const test = suite('bytes/heap')

function drain<T>(heap: MinHeap<T>): T[] {
  const items: T[] = []
  for (;;) {
    const item = heap.pop()
    if (item === undefined) return items
    items.push(item)
  }
}

test('an empty heap has nothing to give', () => {
  const heap = new MinHeap<string>()
  assert.is(heap.length, 0)
  assert.is(heap.peek(), undefined)
  assert.is(heap.peekKey(), undefined)
  assert.is(heap.pop(), undefined)
})

test('items come out by their keys', () => {
  const heap = new MinHeap<string>()
  for (const [key, item] of [
    [5, 'five'],
    [-1, 'minus one'],
    [3.5, 'three and a half'],
    [3, 'three'],
  ] as const)
    heap.push(key, item)
  assert.is(heap.peek(), 'minus one')
  assert.is(heap.peekKey(), -1)
  assert.equal(drain(heap), ['minus one', 'three', 'three and a half', 'five'])
})

test('items of one key come out in the order they went in', () => {
  const heap = new MinHeap<number>()
  for (let i = 0; i < 1000; i++) heap.push(i % 3, i)
  const expected = [0, 1, 2].flatMap((rest) =>
    Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 3 === rest),
  )
  assert.equal(drain(heap), expected)
})

test('pushes and pops in any order agree with a sorted list', () => {
  const heap = new MinHeap<number>()
  const list: { key: number; item: number }[] = []
  let state = 12345
  for (let item = 0; item < 5000; item++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    if (state % 5 < 3 || list.length === 0) {
      const key = (state >>> 8) % 50
      heap.push(key, item)
      list.push({ key, item })
    } else {
      list.sort((a, b) => a.key - b.key || a.item - b.item)
      assert.is(heap.peekKey(), list[0]!.key)
      assert.is(heap.pop(), list.shift()!.item)
    }
    assert.is(heap.length, list.length)
  }
})

test.run()
