import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EncoderTable } from '../../src/qpack/encoder-table.ts'

const test = suite('qpack/encoder-table')
const NOTHING = Number.MAX_SAFE_INTEGER

/** A table with room for `entries` entries of 40 bytes. */
function tableOf(entries: number): EncoderTable {
  const table = new EncoderTable()
  table.capacity = entries * 40
  return table
}

const value = (n: number): string => String(n).padStart(7, '0')

test('entries are found by name and value, the newest first', () => {
  const table = tableOf(4)
  table.insert('n', value(1))
  table.insert('n', value(2))
  table.duplicate(0)
  const named = table.find('n')!
  assert.is(named.values?.get(value(1)), 2)
  assert.is(named.values?.get(value(2)), 1)
  assert.is(named.newest, 2)
  assert.is(table.olderCopy(2), 0)
  assert.is(table.olderCopy(1), -1)
})

test('names of the static table are found without an entry', () => {
  const table = tableOf(1)
  assert.is(table.find(':path')!.staticIndex, 1)
  assert.is(table.find(':method')!.staticValues!.get('GET'), 17)
  assert.is(table.find('n'), undefined)
})

test('nothing is evicted that the decoder may not have yet', () => {
  const table = tableOf(2)
  table.insert('n', value(1))
  table.insert('n', value(2))
  assert.not.ok(table.canInsert(40, NOTHING))
  table.knownReceivedCount = 1
  assert.ok(table.canInsert(40, NOTHING))
  assert.not.ok(table.canInsert(41, NOTHING))
  table.knownReceivedCount = 2
  assert.ok(table.canInsert(80, NOTHING))
  assert.not.ok(table.canInsert(81, NOTHING))
})

test('nothing is evicted that an unacknowledged section or the one at work refers to', () => {
  const table = tableOf(2)
  table.insert('n', value(1))
  table.insert('n', value(2))
  table.knownReceivedCount = 2
  table.pin(0)
  assert.not.ok(table.canInsert(40, NOTHING))
  table.unpin(0)
  table.pin(1)
  assert.ok(table.canInsert(40, NOTHING))
  assert.not.ok(table.canInsert(80, NOTHING))
  assert.not.ok(table.canInsert(40, 0))
  assert.ok(table.canInsert(40, 1))
})

test('what has been evicted is no longer found', () => {
  const table = tableOf(2)
  table.insert('a', value(1))
  table.insert('b', value(1))
  table.knownReceivedCount = 2
  table.insert('b', value(2))
  assert.is(table.find('a'), undefined)
  table.insert('b', value(3))
  assert.is(table.find('b')!.values?.get(value(1)), undefined)
  assert.is(table.find('b')!.values?.size, 2)
  assert.not.ok(table.has(1))
})

test('the newer of two copies stays findable when the older goes', () => {
  const table = tableOf(2)
  table.insert('a', value(1))
  table.duplicate(0)
  table.knownReceivedCount = 2
  table.insert('b', value(1))
  assert.is(table.find('a')!.values?.get(value(1)), 1)
  assert.is(table.find('a')!.newest, 1)
  assert.is(table.olderCopy(2), -1)
})

test('a copy of the very entry that gives way to it can be made', () => {
  const table = tableOf(1)
  table.insert('a', value(1))
  table.knownReceivedCount = 1
  assert.is(table.duplicate(0), 1)
  assert.is(table.find('a')!.values?.get(value(1)), 1)
})

test('the last quarter of a full table drains', () => {
  const table = tableOf(8)
  for (let i = 0; i < 6; i++) table.insert('n', value(i))
  assert.not.ok(table.isDraining(0))
  table.insert('n', value(6))
  assert.ok(table.isDraining(0))
  assert.not.ok(table.isDraining(1))
  table.insert('n', value(7))
  assert.ok(table.isDraining(1))
  table.knownReceivedCount = 8
  for (let i = 8; i < 100; i++) {
    table.knownReceivedCount = i
    table.insert('n', value(i))
    assert.ok(table.isDraining(i - 6))
    assert.not.ok(table.isDraining(i - 5))
  }
})

test('names do not pile up as entries come and go', () => {
  const table = tableOf(4)
  for (let i = 0; i < 1000; i++) {
    table.knownReceivedCount = i
    table.insert(`x${value(i).slice(1)}`, '')
  }
  let found = 0
  for (let i = 0; i < 1000; i++) if (table.find(`x${value(i).slice(1)}`) !== undefined) found++
  assert.is(found, 4)
})

test.run()
