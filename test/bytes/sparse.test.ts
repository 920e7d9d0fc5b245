import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SparseSet } from '../../src/bytes/index.ts'

const test = suite('SparseSet')

test('a set keeps each item once, in the order in which they came', () => {
  const set = new SparseSet<string>()
  assert.equal([...set.values()], [])
  assert.not(set.has('a'))
  for (const item of ['b', 'a', 'b']) set.add(item)
  assert.is(set.size, 2)
  assert.equal([...set.values()], ['b', 'a'])
  assert.ok(set.has('a'))
  assert.not(set.has('c'))
  assert.ok(set.delete('b'))
  assert.not(set.delete('b'))
  set.clear()
  assert.is(set.size, 0)
  assert.not(set.delete('a'))
})

test('all items of a set can be deleted while it is walked', () => {
  const set = new SparseSet<number>()
  for (let i = 0; i < 5; i++) set.add(i)
  const seen: number[] = []
  for (const item of set.values()) {
    set.delete(item)
    seen.push(item)
  }
  assert.equal(seen, [0, 1, 2, 3, 4])
  assert.is(set.size, 0)
})

test.run()
