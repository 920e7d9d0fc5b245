import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { IdMap } from '../../src/bytes/index.ts'
import { Random } from '../../src/sim/index.ts'

const test = suite('id map')

test('an empty map has nothing', () => {
  const map = new IdMap<string>()
  assert.is(map.size, 0)
  assert.is(map.get(0), undefined)
  assert.not(map.has(7))
  assert.not(map.delete(7))
  assert.equal(map.values(), [])
})

test('ids up to 2^53 - 1 are told apart', () => {
  const ids = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
  const map = new IdMap<number>()
  for (const id of ids) map.set(id, -id)
  assert.is(map.size, ids.length)
  for (const id of ids) assert.is(map.get(id), -id)
})

test('a map behaves as the Map of the language, whatever is done to it', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed)
    const map = new IdMap<{ step: number }>()
    const model = new Map<number, { step: number }>()
    // Few ids, so that they meet again; of two kinds, as streams have, or colliding in their lower bits.
    const idOf = () =>
      Math.floor(random.next() * (seed % 3 === 0 ? 400 : 40)) * (seed % 2 === 0 ? 4 : 2 ** 32) + 3
    for (let step = 0; step < 3000; step++) {
      const id = idOf()
      const choice = random.next()
      if (choice < 0.5) {
        map.set(id, { step })
        model.set(id, { step })
      } else if (choice < 0.99) {
        assert.is(map.delete(id), model.delete(id))
      } else {
        map.clear()
        model.clear()
      }
      assert.is(map.size, model.size)
      const other = idOf()
      assert.equal(map.get(other), model.get(other))
      assert.is(map.has(other), model.has(other))
    }
    const byStep = (a: { step: number }, b: { step: number }) => a.step - b.step
    assert.equal(map.values().sort(byStep), [...model.values()].sort(byStep))
  }
})

test('the map may change while its values are gone through', () => {
  const map = new IdMap<number>()
  for (let id = 0; id < 20; id++) map.set(id, id)
  for (const id of map.values()) {
    map.delete(id)
    map.set(id + 100, id)
  }
  assert.is(map.size, 20)
  for (let id = 0; id < 20; id++) assert.is(map.get(id + 100), id)
})

test('a map that was large gives its memory back when little is left in it', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const maps = Array.from({ length: 200 }, () => new IdMap<object>())
  const item = {}
  const used = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  for (const map of maps) for (let id = 0; id < 1000; id++) map.set(id, item)
  // 200 tables of 2,048 places, of two words each.
  assert.ok(used() - before > 4_000_000)
  for (const map of maps) for (let id = 3; id < 1000; id++) map.delete(id)
  assert.ok(used() - before < 500_000)
  for (const map of maps) assert.is(map.get(2), item)
})

test('what was deleted does not survive collections of the young generation', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void
  const oldSpace = (): number =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size
  const map = new IdMap<{ id: number; body: number[] }>()
  let next = 0
  const pass = (count: number): void => {
    for (const end = next + count; next < end; next++) {
      map.set(next * 4, { id: next, body: new Array<number>(20).fill(next) })
      map.delete((next - 50) * 4)
    }
  }
  pass(20_000)
  // From now on the table of the map is old.
  collect()
  const before = oldSpace()
  for (let round = 0; round < 20; round++) {
    pass(5000)
    collect({ type: 'minor' })
  }
  // 100,000 items of more than 200 bytes; a Map kept a third of them.
  assert.ok(oldSpace() - before < 2_000_000, `${oldSpace() - before} bytes`)
})

test.run()
