import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SessionTable } from '../../../src/vfd/index.ts'

const test = suite('vfd/table/session-table')

test('ids are 1, 2, 3 and so on, each with its vfd', () => {
  const table = new SessionTable(16)
  assert.equal(
    [20, 21, 20].map((vfd) => table.allocate(vfd, 16)),
    [1, 2, 3],
  )
  assert.equal(
    [1, 2, 3].map((id) => table.find(id)),
    [20, 21, 20],
  )
})

test('ids begin behind the start', () => {
  assert.is(new SessionTable(16, 2 ** 32).allocate(20, 16), 2 ** 32 + 1)
})

test('after the last slot the first comes again, under a new id', () => {
  const table = new SessionTable(16)
  for (let id = 1; id <= 16; id++) table.allocate(100 + id, 16)
  table.free(1)
  assert.is(table.allocate(50, 16), 17)
  assert.is(table.find(17), 50)
  assert.is(table.find(1), undefined, 'the stale id of the same slot')
  table.free(1)
  assert.is(table.find(17), 50, 'freeing a stale id frees nothing')
})

test('a slot that is taken is passed over, and its id with it', () => {
  const table = new SessionTable(4)
  for (let i = 0; i < 4; i++) table.allocate(20, 4)
  table.free(3)
  assert.is(table.allocate(30, 4), 7)
  assert.is(table.round, 7)
  table.free(2)
  table.free(1)
  assert.is(table.allocate(31, 4), 9, '8 is that of 4')
})

test('without a free slot, or none within the probes, nothing is given and nothing changes', () => {
  const table = new SessionTable(4)
  for (let i = 0; i < 4; i++) table.allocate(20, 4)
  assert.is(table.allocate(21, 100), undefined)
  assert.is(table.round, 4)
  table.free(4)
  assert.is(table.allocate(21, 3), undefined)
  assert.is(table.allocate(21, 4), 8)
})

test('what is no id is found nowhere', () => {
  const table = new SessionTable(16)
  table.allocate(20, 16)
  for (const id of [0, -1, 1.5, 17, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.is(table.find(id), undefined)
})

test('without another number a slot is met again after 2^20 ids', () => {
  const table = new SessionTable()
  for (let id = 1; id <= 2 ** 20; id++) table.allocate(20, 2 ** 20)
  assert.is(table.find(2 ** 20), 20)
  table.free(1)
  assert.is(table.allocate(30, 2 ** 20), 2 ** 20 + 1)
  assert.is(table.find(1), undefined)
})

test.run()
