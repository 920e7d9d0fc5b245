import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EMULATED_BASE, MAX_EMULATED } from '../../../src/vfd/limits.ts'
import { EmulatedNumbers } from '../../../src/vfd/source/emulated.ts'

const test = suite('vfd/source/emulated')

test('numbers end at the cap, and come back when they are released', () => {
  const numbers = new EmulatedNumbers(3)
  const pairs = [numbers.acquire()!, numbers.acquire()!, numbers.acquire()!]
  assert.equal(
    pairs.map(({ vfd }) => vfd - EMULATED_BASE),
    [0, 1, 2],
  )
  assert.is(numbers.acquire(), undefined)
  numbers.release(pairs[1]!)
  assert.is(numbers.acquire()!.vfd, EMULATED_BASE + 1)
  assert.is(numbers.acquire(), undefined)
})

test('without another number 2^20 are out at once', () => {
  const numbers = new EmulatedNumbers()
  assert.is(MAX_EMULATED, 2 ** 20)
  for (let i = 1; i < MAX_EMULATED; i++) numbers.acquire()
  const last = numbers.acquire()!
  assert.is(last.vfd, EMULATED_BASE + 2 ** 20 - 1)
  assert.is(numbers.acquire(), undefined)
  numbers.release(last)
  assert.is(numbers.acquire()!.vfd, last.vfd)
})

test.run()
