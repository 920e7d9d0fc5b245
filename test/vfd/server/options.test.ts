import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settingsOf } from '../../../src/vfd/server/options.ts'

const test = suite('vfd/server/options')

test("without options there are Swoole's defaults and no worker", () => {
  const { workerNum, taskWorkerNum, maxWaitTime, watermarks, heartbeat, notify } = settingsOf({})
  assert.equal([workerNum, taskWorkerNum, heartbeat, notify], [0, 0, undefined, 'doorbell'])
  assert.is(maxWaitTime, 3000)
  assert.equal(watermarks, { size: 8_388_608, high: 6_710_886.4, low: 0 })
})

test('the high watermark follows the size of the buffer', () => {
  assert.is(settingsOf({ socketBufferSize: 1000 }).watermarks.high, 800)
  assert.is(settingsOf({ socketBufferSize: 1000, bufferHighWatermark: 1 }).watermarks.high, 1)
})

test('the heartbeat has both of its times when it is given one', () => {
  assert.equal(settingsOf({ heartbeatIdleTime: 600 }).heartbeat, {
    checkInterval: 300,
    idleTime: 600,
  })
  assert.equal(settingsOf({ heartbeatCheckInterval: 50 }).heartbeat, {
    checkInterval: 50,
    idleTime: 100,
  })
})

test('a port is checked as by listen', () => {
  assert.throws(
    () => settingsOf({ port: 99_999 }),
    (error: NodeJS.ErrnoException) => error.code === 'ERR_SOCKET_BAD_PORT',
  )
})

test.run()
