import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EncoderTable } from '../../src/qpack/encoder-table.ts'
import { OutstandingSections } from '../../src/qpack/outstanding-sections.ts'

const test = suite('qpack/outstanding-sections')
const NOTHING = Number.MAX_SAFE_INTEGER

/** A table that `entries` entries of 40 bytes fill. */
function open(entries: number) {
  const table = new EncoderTable()
  table.capacity = entries * 40
  for (let i = 0; i < entries; i++) table.insert('n', String(i).padStart(7, '0'))
  return { table, outstanding: new OutstandingSections(table) }
}

test('an acknowledged section tells that its insertions have been received', () => {
  const { table, outstanding } = open(3)
  outstanding.add(0, 2, 1)
  assert.ok(outstanding.acknowledge(0))
  assert.is(table.knownReceivedCount, 2)
  outstanding.add(4, 1, 0)
  assert.ok(outstanding.acknowledge(4))
  assert.is(table.knownReceivedCount, 2)
})

test('sections of a stream are acknowledged in their order', () => {
  const { table, outstanding } = open(3)
  outstanding.add(0, 1, 0)
  outstanding.add(0, 3, 2)
  outstanding.acknowledge(0)
  assert.is(table.knownReceivedCount, 1)
  outstanding.acknowledge(0)
  assert.is(table.knownReceivedCount, 3)
  assert.not.ok(outstanding.acknowledge(0))
})

test('a stream without a section has nothing to acknowledge or cancel', () => {
  const { outstanding } = open(1)
  assert.not.ok(outstanding.acknowledge(0))
  assert.not.ok(outstanding.cancel(0))
})

test('references hold the table until acknowledged or cancelled', () => {
  const { table, outstanding } = open(3)
  outstanding.received(3)
  outstanding.add(0, 3, 0)
  outstanding.add(4, 3, 0)
  outstanding.add(4, 3, 1)
  assert.not.ok(table.canInsert(40, NOTHING))
  outstanding.cancel(4)
  assert.is(outstanding.count, 1)
  assert.not.ok(table.canInsert(40, NOTHING))
  outstanding.acknowledge(0)
  assert.is(outstanding.count, 0)
  assert.ok(table.canInsert(120, NOTHING))
})

test('a cancellation says nothing of insertions received', () => {
  const { table, outstanding } = open(1)
  outstanding.add(0, 1, 0)
  outstanding.cancel(0)
  assert.is(table.knownReceivedCount, 0)
})

test('streams that may block are counted until their insertions are received', () => {
  const { outstanding } = open(5)
  outstanding.add(0, 2, 0)
  outstanding.add(4, 3, 0)
  outstanding.add(4, 5, 0)
  outstanding.add(8, 1, 0)
  assert.is(outstanding.blockingStreams, 3)
  outstanding.received(2)
  assert.is(outstanding.blockingStreams, 1)
  assert.ok(outstanding.isBlocking(4))
  assert.not.ok(outstanding.isBlocking(0))
  outstanding.acknowledge(4)
  assert.is(outstanding.blockingStreams, 1)
  outstanding.cancel(4)
  assert.is(outstanding.blockingStreams, 0)
  outstanding.add(0, 4, 0)
  assert.ok(outstanding.isBlocking(0))
  assert.is(outstanding.blockingStreams, 1)
})

test.run()
