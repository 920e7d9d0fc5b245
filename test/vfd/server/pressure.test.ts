import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConnectionRecord } from '../../../src/vfd/index.ts'
import { Pressure } from '../../../src/vfd/server/pressure.ts'
import type { VfdSession } from '../../../src/vfd/server/session.ts'
import { until } from './support.ts'

const test = suite('vfd/server/pressure')

test('a connection that was full is watched until it is empty', async () => {
  const said: string[] = []
  const pressure = new Pressure(
    { size: 100, high: 80, low: 0 },
    {
      onBufferFull: (id) => said.push(`full ${id}`),
      onBufferEmpty: (id) => said.push(`empty ${id}`),
    },
  )
  const session = { record: new ConnectionRecord(), sessionId: 7, unsentBytes: 120 }
  const alive = setInterval(() => {}, 1000)
  pressure.measure(session as unknown as VfdSession)
  assert.equal(said, ['full 7'])
  assert.ok(session.record.overflow)
  // Nobody says that bytes were sent.
  session.unsentBytes = 50
  await until(() => !session.record.overflow, 'room')
  assert.equal(said, ['full 7'])
  session.unsentBytes = 0
  await until(() => said.length === 2, 'the end of it')
  clearInterval(alive)
  assert.equal(said, ['full 7', 'empty 7'])
  pressure.dispose()
})

test('a connection that is gone is not asked', () => {
  const pressure = new Pressure(
    { size: 1, high: 1, low: 0 },
    { onBufferFull: () => assert.unreachable(), onBufferEmpty: () => assert.unreachable() },
  )
  pressure.measure({ record: undefined, unsentBytes: 10 } as unknown as VfdSession)
})

test.run()
