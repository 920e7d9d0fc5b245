import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConnectionTable } from '../../../src/vfd/index.ts'
import { EMULATED_BASE } from '../../../src/vfd/limits.ts'

const test = suite('vfd/table/connection-table')

const take = (table: ConnectionTable<string>, vfd: number) => {
  const record = table.take(vfd)
  record.vfd = vfd
  record.active = true
  return record
}

const free = (table: ConnectionTable<string>, vfd: number): void => {
  table.get(vfd)!.active = false
  table.freed(vfd)
}

test('a slot is at the index of its vfd, and nothing is past the end', () => {
  const table = new ConnectionTable<string>(100)
  for (const vfd of [99, 18, EMULATED_BASE, EMULATED_BASE + 99]) {
    const record = take(table, vfd)
    assert.is(table.get(vfd), record)
  }
  for (const vfd of [100, EMULATED_BASE + 100, EMULATED_BASE - 1, -1, 18.5, Number.NaN]) {
    assert.is(table.has(vfd), false)
    assert.is(table.get(vfd), undefined)
  }
  assert.equal(
    [...table.from(0)].map(({ vfd }) => vfd),
    [18, 99, EMULATED_BASE, EMULATED_BASE + 99],
  )
})

test('the upper bound falls to the next connection below, the lower bound never rises', () => {
  const table = new ConnectionTable<string>(100)
  assert.equal([table.minFd, table.maxFd], [-1, -1])
  for (const vfd of [30, 20, 40, 25]) take(table, vfd)
  assert.equal([table.minFd, table.maxFd], [20, 40])
  free(table, 30)
  assert.is(table.maxFd, 40)
  free(table, 40)
  assert.is(table.maxFd, 25)
  free(table, 20)
  assert.equal([table.minFd, table.maxFd], [20, 25])
  free(table, 25)
  assert.equal([table.minFd, table.maxFd], [20, -1])
  take(table, 33)
  assert.equal([table.minFd, table.maxFd], [20, 33])
})

test('records may go while they are walked over', () => {
  const table = new ConnectionTable<string>(100)
  for (let vfd = 10; vfd < 20; vfd++) take(table, vfd)
  const seen: number[] = []
  for (const { vfd } of table.from(12)) {
    seen.push(vfd)
    free(table, vfd)
    if (vfd === 14) for (let next = 16; next < 20; next++) free(table, next)
  }
  assert.equal(seen, [12, 13, 14, 15])
})

test('a length is 1 to 2^20', () => {
  for (const length of [0, -1, 1.5, 2 ** 20 + 1])
    assert.throws(() => new ConnectionTable(length), /length/)
})

test.run()
