import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_READY_PER_TURN } from '../../src/reactor/limits.ts'
import { ReadyList } from '../../src/reactor/ready-list.ts'

const test = suite('reactor/ready-list')

interface Target {
  readonly name: string
  readyKinds: number
}

const setUp = (also: (target: Target) => void = () => {}) => {
  const log: string[] = []
  let rings = 0
  const list = new ReadyList<Target>(
    () => rings++,
    (target, kinds) => {
      log.push(`${target.name}${kinds}`)
      also(target)
    },
  )
  return { list, log, rings: () => rings }
}

const target = (name: string): Target => ({ name, readyKinds: 0 })

test('a target is in the list once, with all its kinds, and the bell rings once', () => {
  const { list, log, rings } = setUp()
  const [a, b] = [target('a'), target('b')]
  for (let i = 0; i < 100; i++) {
    list.notify(b, 1)
    list.notify(a, 2)
    list.notify(b, 4)
  }
  assert.is(list.length, 2)
  assert.is(rings(), 1)
  list.drain(10)
  assert.equal(log, ['b5', 'a2'])
  assert.is(rings(), 1)
  assert.equal([a.readyKinds, b.readyKinds], [0, 0])
})

test('a drain is bounded, and rings for the rest', () => {
  const { list, log, rings } = setUp()
  for (const name of ['a', 'b', 'c', 'd', 'e']) list.notify(target(name), 1)
  list.drain(2)
  assert.equal(log, ['a1', 'b1'])
  assert.is(rings(), 2)
  list.drain(2)
  list.drain(2)
  assert.equal(log, ['a1', 'b1', 'c1', 'd1', 'e1'])
  assert.is(rings(), 3)
})

test('what is notified while the list is held is delivered by its release, without the bell', () => {
  const { list, log, rings } = setUp()
  list.hold()
  list.notify(target('a'), 1)
  list.notify(target('b'), 2)
  assert.equal([log, rings()], [[], 0])
  list.release()
  assert.equal([log, rings()], [['a1', 'b2'], 0])
})

test('a release delivers as much as one turn may, and rings for the rest and for what came meanwhile', () => {
  const { list, log, rings } = setUp((busy) => {
    if (busy.name === 'first') list.notify(busy, 1)
  })
  list.hold()
  list.notify(target('first'), 1)
  for (let i = 0; i < MAX_READY_PER_TURN; i++) list.notify(target('next'), 1)
  list.release()
  assert.is(log.length, MAX_READY_PER_TURN)
  assert.is(list.length, 2)
  assert.is(rings(), 1)
})

test('a target that is always busy waits for the others, and for the next drain', () => {
  const { list, log } = setUp((busy) => {
    if (busy.name === 'a') list.notify(busy, 1)
  })
  list.notify(target('a'), 1)
  list.notify(target('b'), 1)
  list.drain(10)
  assert.equal(log, ['a1', 'b1'])
  list.drain(10)
  assert.equal(log, ['a1', 'b1', 'a1'])
})

test('a target that was taken back is passed over', () => {
  const { list, log } = setUp()
  const a = target('a')
  list.notify(a, 1)
  a.readyKinds = 0
  list.notify(a, 2)
  list.drain(10)
  assert.equal(log, ['a2'])
  assert.is(list.length, 0)
})

test('no kinds are no notice', () => {
  const { list, rings } = setUp()
  list.notify(target('a'), 0)
  assert.is(list.length, 0)
  assert.is(rings(), 0)
})

test('a handler that throws loses its own event only', () => {
  const { list, log, rings } = setUp((bad) => {
    if (bad.name === 'a') throw new Error('bad')
  })
  list.notify(target('a'), 1)
  list.notify(target('b'), 1)
  assert.throws(() => list.drain(10), 'bad')
  assert.is(rings(), 2)
  list.drain(10)
  assert.equal(log, ['a1', 'b1'])
})

test.run()
