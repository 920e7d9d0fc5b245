import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DynamicTable, entrySize } from '../../src/qpack/dynamic-table.ts'
import type { Field } from '../../src/qpack/field.ts'

const test = suite('qpack/dynamic-table')

/** An entry of 40 bytes. */
const entry = (n: number): Field => ({ name: 'n', value: String(n).padStart(7, '0') })

function add(table: DynamicTable<Field>, field: Field): boolean {
  if (!table.makeRoom(entrySize(field))) return false
  table.insert(field)
  return true
}

test('an entry counts its name, its value and 32', () => {
  // RFC 9204 appendix B.2: 106 bytes
  const host = { name: ':authority', value: 'www.example.com' }
  const path = { name: ':path', value: '/sample/path' }
  assert.is(entrySize(host) + entrySize(path), 106)
})

test('entries keep their absolute index until the oldest are evicted', () => {
  const table = new DynamicTable<Field>(100)
  for (let i = 0; i < 1000; i++) {
    assert.ok(add(table, entry(i)))
    assert.is(table.insertCount, i + 1)
    assert.is(table.dropCount, Math.max(0, i - 1))
    assert.equal(table.get(i), entry(i))
    if (i > 0) assert.equal(table.get(i - 1), entry(i - 1))
    assert.is(table.get(i - 2), undefined)
    assert.is(table.get(i + 1), undefined)
  }
  assert.is(table.size, 80)
})

test('a table of many entries grows beyond its first slots, also after evictions', () => {
  const table = new DynamicTable<Field>(40 * 10)
  for (let i = 0; i < 13; i++) add(table, entry(i))
  table.setCapacity(40 * 500)
  for (let i = 13; i < 400; i++) add(table, entry(i))
  assert.is(table.dropCount, 3)
  for (let i = 3; i < 400; i++) assert.equal(table.get(i), entry(i))
})

test('an entry larger than the capacity is refused and evicts nothing', () => {
  const table = new DynamicTable<Field>(79)
  add(table, entry(1))
  assert.not.ok(add(table, { name: 'n', value: 'x'.repeat(47) }))
  assert.is(table.size, 40)
  assert.ok(add(table, { name: 'n', value: 'x'.repeat(46) }))
  assert.is(table.size, 79)
})

test('a smaller capacity evicts the oldest; 0 clears the table', () => {
  const table = new DynamicTable<Field>(120)
  for (let i = 0; i < 3; i++) add(table, entry(i))
  table.setCapacity(80)
  assert.is(table.get(0), undefined)
  assert.equal(table.get(1), entry(1))
  table.setCapacity(0)
  assert.is(table.size, 0)
  assert.is(table.dropCount, 3)
  table.setCapacity(120)
  assert.ok(add(table, entry(3)))
  assert.equal(table.get(3), entry(3))
})

test.run()
