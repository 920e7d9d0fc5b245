import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConnectionRecord } from '../../../src/vfd/index.ts'
import { applyWatermarks } from '../../../src/vfd/server/watermarks.ts'

const test = suite('vfd/server/watermarks')
const marks = { size: 100, high: 80, low: 10 }

test('full is said once on the way up and empty once on the way down', () => {
  const record = new ConnectionRecord<unknown>()
  const said = [0, 79, 80, 99, 85, 11, 10, 5, 0, 80].map((bytes) =>
    applyWatermarks(record, bytes, marks),
  )
  const no = undefined
  assert.equal(said, [no, no, 'full', no, no, no, 'empty', no, no, 'full'])
})

test('sends are refused from the size on, and allowed again below it', () => {
  const record = new ConnectionRecord<unknown>()
  for (const [bytes, refused] of [
    [99, false],
    [100, true],
    [5000, true],
    [99, false],
  ] as const) {
    applyWatermarks(record, bytes, marks)
    assert.is(record.overflow, refused)
    assert.is(record.sendQueuedBytes, bytes)
  }
})

test.run()
