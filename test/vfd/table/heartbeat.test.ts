import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { heartbeatTimes } from '../../../src/vfd/index.ts'

const test = suite('vfd/table/heartbeat')

test('each time follows from the other, and the interval is half of idle at most', () => {
  const times = (check?: number, idle?: number) => {
    const found = heartbeatTimes(check, idle)
    return found && [found.checkInterval, found.idleTime]
  }
  assert.equal(times(30_000), [30_000, 60_000])
  assert.equal(times(30_000, 100_000), [30_000, 100_000])
  assert.equal(times(80_000, 100_000), [50_000, 100_000])
  assert.equal(times(undefined, 100_000), [50_000, 100_000])
  assert.equal(times(10, 1), [1, 1])
  assert.is(times(), undefined)
  assert.is(times(0), undefined)
  assert.is(times(30_000, 0), undefined)
})

test.run()
