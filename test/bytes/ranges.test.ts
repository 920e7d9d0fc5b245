import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RangeSet } from '../../src/bytes/index.ts'

const test = suite('RangeSet')

const list = (set: RangeSet) =>
  Array.from({ length: set.count }, (_, i) => [set.start(i), set.end(i)])
const of = (...ranges: [number, number][]) => {
  const set = new RangeSet()
  for (const [start, end] of ranges) set.add(start, end)
  return set
}

test('an empty set has neither least nor greatest', () => {
  const set = new RangeSet()
  assert.ok(set.isEmpty)
  assert.is(set.count, 0)
  assert.is(set.min, undefined)
  assert.is(set.max, undefined)
  assert.not(set.has(0))
})

test('an empty range adds nothing', () => {
  const set = new RangeSet()
  assert.not(set.add(5, 5))
  assert.not(set.add(5, 4))
  assert.ok(set.isEmpty)
})

test('ranges that touch become one', () => {
  assert.equal(list(of([0, 2], [2, 4])), [[0, 4]])
  assert.equal(list(of([2, 4], [0, 2])), [[0, 4]])
  assert.equal(list(of([0, 1], [2, 3], [1, 2])), [[0, 3]])
})

test('ranges apart stay apart, in order', () => {
  assert.equal(list(of([10, 12], [0, 1], [5, 6])), [
    [0, 1],
    [5, 6],
    [10, 12],
  ])
})

test('a range over several swallows them', () => {
  assert.equal(list(of([0, 1], [3, 4], [6, 7], [10, 11], [2, 8])), [
    [0, 1],
    [2, 8],
    [10, 11],
  ])
})

test('add tells whether anything was new', () => {
  const set = of([0, 10])
  assert.not(set.add(0, 10))
  assert.not(set.add(3, 4))
  assert.ok(set.add(9, 11))
  assert.not(set.add(10, 11))
  assert.ok(set.add(20, 21))
})

test('removing cuts, splits and takes away', () => {
  const set = of([0, 10], [20, 30], [40, 50])
  set.remove(3, 5)
  assert.equal(list(set), [
    [0, 3],
    [5, 10],
    [20, 30],
    [40, 50],
  ])
  set.remove(8, 45)
  assert.equal(list(set), [
    [0, 3],
    [5, 8],
    [45, 50],
  ])
  set.remove(0, 100)
  assert.ok(set.isEmpty)
})

test('removing nothing, or what is not there, changes nothing', () => {
  const set = of([10, 20])
  set.remove(15, 15)
  set.remove(16, 12)
  set.remove(0, 10)
  set.remove(20, 30)
  assert.equal(list(set), [[10, 20]])
})

test('shift forgets the lowest range, clear all', () => {
  const set = of([0, 1], [5, 6], [10, 11])
  set.shift()
  assert.is(set.min, 5)
  assert.is(set.max, 10)
  set.clear()
  assert.ok(set.isEmpty)
  set.shift()
  assert.ok(set.isEmpty)
})

test('sets that are or become empty have nothing in common', () => {
  const sets = [new RangeSet(), of([0, 1]), of([0, 1]), of([0, 1])]
  sets[1]!.shift()
  sets[2]!.clear()
  sets[3]!.remove(0, 1)
  for (const [i, set] of sets.entries()) {
    set.add(i, i + 1)
    set.add(i + 5, i + 6)
    assert.equal(list(set), [
      [i, i + 1],
      [i + 5, i + 6],
    ])
  }
})

test('large numbers are exact', () => {
  const top = Number.MAX_SAFE_INTEGER
  const set = of([top - 2, top])
  assert.ok(set.has(top - 1))
  assert.not(set.has(top - 3))
  assert.is(set.max, top - 1)
})

test('it does as a set of integers does, whatever is added and removed', () => {
  const set = new RangeSet()
  const model = new Set<number>()
  let state = 5
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < 4000; round++) {
    const start = random(60)
    const end = start + random(8)
    const before = model.size
    if (random(2) === 0) {
      for (let n = start; n < end; n++) model.add(n)
      assert.is(set.add(start, end), model.size > before)
    } else {
      for (let n = start; n < end; n++) model.delete(n)
      set.remove(start, end)
    }
    for (let n = 0; n < 70; n++) assert.is(set.has(n), model.has(n), `${n} in round ${round}`)
    assert.is(set.min, model.size === 0 ? undefined : Math.min(...model))
    assert.is(set.max, model.size === 0 ? undefined : Math.max(...model))
    for (let i = 0; i < set.count; i++) {
      assert.ok(set.start(i) < set.end(i))
      if (i > 0) assert.ok(set.end(i - 1) < set.start(i), 'ranges that touch are one')
    }
  }
})

test.run()
