import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { restartDelay, WorkerSlot } from '../../../src/vfd/workers/worker-slot.ts'

const test = suite('vfd/workers/worker-slot')

test('the pause before a restart doubles from 100 ms to 10 s, and is no longer', () => {
  const delays = Array.from({ length: 11 }, (_, failures) => restartDelay(failures))
  assert.equal(delays, [0, 0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  assert.is(restartDelay(5000), 10_000)
})

test('a process is started again at once, unless the one before it also ended within 5 s', () => {
  const slot = new WorkerSlot(0, 'worker')
  /** Whether it is started without a pause after a life of so many ms. */
  const startsAtOnce = (lifetime: number): boolean => {
    let started = false
    slot.restartAfter(lifetime, () => {
      started = true
    })
    slot.cancelRestart()
    return started
  }
  assert.equal([4999, 0].map(startsAtOnce), [true, false])
  // One that lived that long makes up for those before it.
  assert.equal([5000, 4999, 4999].map(startsAtOnce), [true, true, false])
})

test.run()
