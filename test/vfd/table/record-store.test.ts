import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConnectionRecord } from '../../../src/vfd/index.ts'
import { EMULATED_BASE } from '../../../src/vfd/limits.ts'
import { RecordStore } from '../../../src/vfd/table/record-store.ts'
import { INIT } from '../support.ts'

const test = suite('vfd/table/record-store')

/** A generator of 32-bit numbers (mulberry32), so that a failure comes again. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** The rules of Swoole's table, written down with maps and without arrays. */
class Model {
  readonly slots: number
  readonly maxConnections: number
  readonly length: number
  readonly open = new Map<number, { vfd: number; name: string }>()
  readonly stale: number[] = []
  round = 0
  accepts = 0
  closes = 0
  aborts = 0
  everLowest = Number.POSITIVE_INFINITY

  constructor(slots: number, maxConnections: number, length: number) {
    this.slots = slots
    this.maxConnections = maxConnections
    this.length = length
  }

  get vfds(): number[] {
    return [...this.open.values()].map(({ vfd }) => vfd).sort((a, b) => a - b)
  }

  add(vfd: number, name: string): number | undefined {
    const inRange = vfd < this.length || (vfd >= EMULATED_BASE && vfd < EMULATED_BASE + this.length)
    const taken = new Set([...this.open.keys()].map((id) => id % this.slots))
    let id = this.round + 1
    const last = this.round + Math.min(this.maxConnections, this.slots)
    while (id <= last && taken.has(id % this.slots)) id++
    if (!inRange || id > last || this.vfds.includes(vfd)) {
      this.aborts++
      return undefined
    }
    this.round = id
    this.accepts++
    this.open.set(id, { vfd, name })
    if (vfd < EMULATED_BASE) this.everLowest = Math.min(this.everLowest, vfd)
    return id
  }

  remove(id: number): void {
    this.open.delete(id)
    this.stale.push(id)
    this.closes++
  }
}

test('60,000 random connects and closes never differ from a model', () => {
  const pick = random(20260101)
  const length = 200
  const model = new Model(64, 50, length)
  const store = new RecordStore<string>({ maxConnections: 50, sessionSlots: 64 }, length)
  const records = new Map<number, ConnectionRecord<string>>()
  for (let step = 0; step < 60_000; step++) {
    const ids = [...model.open.keys()]
    // Swings between nearly empty and nearly full.
    const growing = (step >> 9) % 2 === 0 ? 7 : 4
    if (ids.length === 0 || pick(10) < growing) {
      // Lowest free as the kernel gives them, some emulated, some past the end, some at random.
      const kind = pick(12)
      const taken = new Set(model.vfds)
      let vfd = 18
      if (kind === 0) vfd = length + pick(3)
      else if (kind === 1) vfd = pick(length)
      else if (kind === 2) vfd = EMULATED_BASE + pick(length + 2)
      else while (taken.has(vfd)) vfd++
      const name = `connection ${step}`
      const expected = model.add(vfd, name)
      const record = store.add(vfd, name, INIT, step)
      assert.is(record?.sessionId, expected)
      if (record !== undefined) {
        assert.is(record.vfd, vfd)
        assert.is(record.connection, name)
        records.set(record.sessionId, record)
      }
    } else {
      const id = ids[pick(ids.length)]!
      model.remove(id)
      store.remove(records.get(id)!)
      records.delete(id)
    }

    const id = ids[pick(ids.length || 1)]
    if (id !== undefined && model.open.has(id)) {
      assert.is(store.find(id)?.connection, model.open.get(id)!.name)
      assert.is(store.verify(id), undefined, 'not confirmed yet')
    }
    const old = model.stale[pick(model.stale.length || 1)]
    if (old !== undefined) assert.is(store.find(old), undefined)
    assert.is(store.find(model.round + 1 + pick(100)), undefined)

    const { stats } = store
    assert.is(stats.connectionNum, model.open.size)
    assert.is(stats.sessionRound, model.round)
    if (step % 16 === 0) {
      assert.equal(
        [stats.acceptCount, stats.closeCount, stats.abortCount],
        [model.accepts, model.closes, model.aborts],
      )
      const { vfds } = model
      assert.equal(
        [...store.records()].map((record) => record.vfd),
        vfds,
      )
      assert.is(stats.maxFd, vfds.at(-1) ?? -1)
      if (model.everLowest < Number.POSITIVE_INFINITY) assert.is(stats.minFd, model.everLowest)
    }
  }
  assert.ok(model.aborts > 1_000 && model.round > 20_000, 'the walk came to all corners')
})

test('a slot that is used again is a new connection in every field', () => {
  const store = new RecordStore<string>({ maxConnections: 4, sessionSlots: 16 }, 32)
  const fresh = { ...store.add(20, 'first', INIT, 5)! }
  const record = store.find(1)!
  for (const [key, value] of Object.entries(record)) {
    if (typeof value === 'boolean') Reflect.set(record, key, true)
    else if (typeof value === 'number' && key !== 'vfd' && key !== 'sessionId')
      Reflect.set(record, key, 77)
  }
  store.remove(record)
  const again = store.add(20, 'first', INIT, 5)!
  assert.is(again, record)
  assert.is(again.sessionId, 2)
  assert.equal({ ...again, sessionId: 1 }, fresh)
})

test.run()
