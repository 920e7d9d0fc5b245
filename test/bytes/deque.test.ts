import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Deque } from '../../src/bytes/index.ts'

const test = suite('Deque')

const drain = <T>(deque: Deque<T>) => {
  const items: (T | undefined)[] = []
  while (deque.length > 0) items.push(deque.shift())
  return items
}

test('an empty deque gives nothing', () => {
  const deque = new Deque<number>()
  assert.is(deque.length, 0)
  assert.is(deque.peek(), undefined)
  assert.is(deque.shift(), undefined)
  assert.is(deque.at(0), undefined)
  assert.is(deque.length, 0)
})

test('what is pushed first comes out first, also beyond its first capacity', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 100; i++) deque.push(i)
  assert.equal(
    drain(deque),
    Array.from({ length: 100 }, (_, i) => i),
  )
})

test('unshift puts an item before the front', () => {
  const deque = new Deque<string>()
  deque.push('b')
  deque.unshift('a')
  deque.push('c')
  assert.is(deque.peek(), 'a')
  assert.equal(drain(deque), ['a', 'b', 'c'])
})

test('unshift makes room in a full deque', () => {
  const deque = new Deque<number>()
  for (let i = 9; i >= 0; i--) deque.unshift(i)
  assert.equal(drain(deque), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('at counts from the front and ends at the back', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 8; i++) deque.push(i)
  deque.shift()
  deque.shift()
  deque.push(8)
  assert.equal(
    [-1, 0, 6, 7].map((i) => deque.at(i)),
    [undefined, 2, 8, undefined],
  )
})

test('an item can be replaced where it stands, also beyond the end of the ring', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 3; i++) deque.push(i)
  deque.shift()
  deque.push(3)
  deque.push(4)
  for (let i = 0; i < 4; i++) deque.set(i, 10 + i)
  assert.equal(
    [0, 1, 2, 3].map((i) => deque.at(i)),
    [10, 11, 12, 13],
  )
  assert.is(deque.length, 4)
})

test('clear forgets all and leaves it of use', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 20; i++) deque.push(i)
  deque.clear()
  assert.is(deque.length, 0)
  assert.is(deque.peek(), undefined)
  deque.push(1)
  assert.equal(drain(deque), [1])
})

test('deques that are emptied and filled in turns have nothing in common', () => {
  const deques = Array.from({ length: 10 }, () => new Deque<number>())
  for (let round = 0; round < 5; round++) {
    for (const [i, deque] of deques.entries()) {
      deque.push(i)
      deque.unshift(-i)
      assert.is(deque.at(2), undefined, 'nothing is left of another one')
    }
    for (const [i, deque] of deques.entries()) assert.equal(drain(deque), [-i, i])
  }
  deques[0]!.push(7)
  for (const deque of deques.slice(1)) assert.equal([deque.length, deque.peek()], [0, undefined])
})

test('it does as an array does, whatever comes in whatever order', () => {
  const deque = new Deque<number>()
  const model: number[] = []
  let state = 1
  for (let round = 0; round < 5000; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const choice = state >>> 28
    if (choice < 6) {
      deque.push(round)
      model.push(round)
    } else if (choice < 8) {
      deque.unshift(round)
      model.unshift(round)
    } else assert.is(deque.shift(), model.shift())
    assert.is(deque.length, model.length)
    assert.is(deque.peek(), model[0])
    const middle = model.length >>> 1
    assert.is(deque.at(middle), model[middle])
  }
})

test.run()
