import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TimerQueue } from '../../src/reactor/timer-queue.ts'

const test = suite('reactor/timer-queue')

test('timers run when they are due, in order, and once', () => {
  const queue = new TimerQueue()
  const log: string[] = []
  queue.after(0, 20, () => log.push('b'))
  queue.after(0, 10, () => log.push('a'))
  queue.after(5, 15, () => log.push('c'))
  queue.run(9.9)
  assert.equal(log, [])
  assert.is(queue.nextDue, 10)
  queue.run(10)
  assert.equal(log, ['a'])
  queue.run(30)
  assert.equal(log, ['a', 'b', 'c'])
  assert.is(queue.size, 0)
  assert.is(queue.nextDue, undefined)
})

test('a delay is 1 ms at least', () => {
  const queue = new TimerQueue()
  queue.after(100, 0, () => {})
  assert.is(queue.nextDue, 101)
  queue.tick(100, -5, () => {})
  queue.run(101)
  assert.is(queue.nextDue, 102)
})

test('a tick leaves out the periods that were missed and keeps its beat', () => {
  const queue = new TimerQueue()
  let count = 0
  queue.tick(0, 10, () => count++)
  queue.run(10)
  assert.is(count, 1)
  queue.run(47)
  assert.is(count, 2)
  assert.is(queue.nextDue, 50)
  queue.run(50)
  assert.is(count, 3)
  assert.is(queue.nextDue, 60)
})

test('a timer that is added by a timer waits for another turn, even when it is due', () => {
  const queue = new TimerQueue()
  const log: string[] = []
  queue.after(0, 1, () => {
    log.push('first')
    queue.after(-100, 1, () => log.push('added'))
  })
  queue.after(0, 2, () => log.push('second'))
  queue.run(10)
  assert.equal(log, ['first', 'second'])
  queue.run(10)
  assert.equal(log, ['first', 'second', 'added'])
})

test('a cleared timer does not run; a timer may clear itself and others of its turn', () => {
  const queue = new TimerQueue()
  const log: string[] = []
  const ids: number[] = []
  ids.push(
    queue.tick(0, 5, () => {
      log.push('tick')
      assert.is(queue.clear(ids[0]!), true)
      assert.is(queue.clear(ids[1]!), true)
    }),
  )
  ids.push(queue.after(0, 6, () => log.push('other')))
  queue.run(100)
  queue.run(200)
  assert.equal(log, ['tick'])
  assert.is(queue.clear(ids[0]!), false)
  assert.is(queue.nextDue, undefined)
})

test('a timer that throws costs no other timer', () => {
  const queue = new TimerQueue()
  const log: string[] = []
  queue.after(0, 1, () => {
    queue.after(-10, 1, () => log.push('added'))
  })
  queue.tick(0, 2, () => {
    throw new Error('bad')
  })
  queue.after(0, 3, () => log.push('last'))
  assert.throws(() => queue.run(3), 'bad')
  queue.run(3)
  assert.equal(log, ['added', 'last'])
  assert.is(queue.nextDue, 4)
})

test.run()
