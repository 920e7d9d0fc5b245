import { setImmediate as nextTurn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_REFILL_RETRIES } from '../../../src/vfd/limits.ts'
import type { MadePairs, OwnedPair, PairMaker } from '../../../src/vfd/source/pair-maker.ts'
import { PairPool } from '../../../src/vfd/source/pool.ts'
import { until } from '../support.ts'

const test = suite('vfd/source/pool')

class FakePair implements OwnedPair {
  readonly kind = 'ffi'
  readonly vfd: number
  readonly peer = 1000
  fresh = true
  destroyed = 0

  constructor(vfd: number) {
    this.vfd = vfd
  }

  open(): undefined {
    return undefined
  }

  signal(): boolean {
    return true
  }

  isFresh(): boolean {
    return this.fresh
  }

  destroy(): void {
    this.destroyed++
  }
}

class FakeMaker implements PairMaker {
  readonly kind = 'ffi'
  readonly made: FakePair[] = []
  readonly orders: number[] = []
  /** What the next orders end with, and how many pairs come before that. */
  failure: Error | undefined = undefined
  before = 0
  /** How long an order keeps the event loop, in ms by the test's clock. */
  blocks = 0
  clock = 0
  atOnce = true
  closed = false

  makeNow(): OwnedPair | undefined {
    if (this.failure !== undefined) throw this.failure
    return this.atOnce ? this.one() : undefined
  }

  async make(count: number): Promise<MadePairs> {
    this.orders.push(count)
    this.clock += this.blocks
    const { failure } = this
    const pairs = Array.from({ length: failure === undefined ? count : this.before }, () =>
      this.one(),
    )
    return { pairs, failure }
  }

  async close(): Promise<void> {
    this.closed = true
  }

  private one(): FakePair {
    const pair = new FakePair(this.made.length)
    this.made.push(pair)
    return pair
  }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await nextTurn()
}

const open = async (size: number, budget = 1000) => {
  const maker = new FakeMaker()
  const errors: Error[] = []
  const pool = new PairPool(maker, {
    size,
    budget: () => budget,
    onGivenUp: (error) => errors.push(error),
  })
  assert.is(await pool.start(), undefined)
  await settle()
  return { maker, pool, errors }
}

const emfile = (): Error => Object.assign(new Error('no more'), { code: 'EMFILE' })

test('what a connection rings for comes before the refill that it made necessary', async () => {
  const { pool, maker } = await open(4)
  maker.orders.length = 0
  const orders: number[] = []
  for (let i = 0; i < 4; i++) pool.acquire()
  await nextTurn()
  orders.push(...maker.orders)
  await settle()
  assert.equal(orders, [])
  assert.is(maker.orders.length, 1)
  await pool.close()
})

test('a pool is full after its start, in batches of at most 64', async () => {
  const { maker, pool } = await open(150)
  assert.equal(maker.orders, [64, 64, 22])
  assert.is(pool.pooled, 150)
  assert.is(pool.refills, 3)
})

test('a pool is filled up again below half, not before', async () => {
  const { maker, pool } = await open(10)
  for (let i = 0; i < 5; i++) pool.acquire()
  await settle()
  assert.is(pool.pooled, 5)
  pool.acquire()
  await settle()
  assert.is(pool.pooled, 10)
  assert.equal(maker.orders, [10, 6])
  assert.is(pool.hits, 6)
  assert.is(pool.misses, 0)
})

test('an empty pool has a pair made at once where that can be done, and counts the miss', async () => {
  const { maker, pool } = await open(2)
  const pairs = [pool.acquire(), pool.acquire(), pool.acquire()]
  assert.is(new Set(pairs).size, 3)
  assert.is(pool.misses, 1)
  maker.atOnce = false
  assert.is(pool.acquire(), undefined)
  assert.is(pool.misses, 2)
  assert.is(pool.live, 3)
})

test('pairs in the pool and pairs that are out stay within the budget', async () => {
  const { maker, pool } = await open(4, 6)
  const pairs = Array.from({ length: 10 }, () => pool.acquire())
  await settle()
  assert.is(pairs.filter((pair) => pair !== undefined).length, 6)
  assert.is(maker.made.length, 6)
  pool.release(pairs[0]!)
  assert.is(pool.acquire(), pairs[0])
})

test('without room for one pair a pool does not start', async () => {
  const pool = new PairPool(new FakeMaker(), { size: 4, budget: () => 0, onGivenUp: () => {} })
  assert.match((await pool.start())?.message ?? '', 'limit on open files')
})

test('a fresh pair that is released is kept while there is room, a used one is closed', async () => {
  const { pool } = await open(2)
  const first = pool.acquire() as FakePair
  const second = pool.acquire() as FakePair
  await settle()
  assert.is(pool.pooled, 2)
  pool.release(first)
  assert.is(first.destroyed, 1, 'the pool is full')
  pool.acquire()
  second.fresh = false
  pool.release(second)
  assert.is(second.destroyed, 1, 'it was used')
})

/** Runs an action with a clock that only the test moves. */
const withClock = async (clock: () => number, action: () => Promise<void>): Promise<void> => {
  const { now } = performance
  performance.now = clock
  try {
    await action()
  } finally {
    performance.now = now
  }
}

test('refills that keep the event loop too long become smaller, and larger again', async () => {
  const { maker, pool } = await open(64)
  const takeAll = async () => {
    while (pool.pooled > 0) pool.acquire()
    maker.orders.length = 0
    await settle()
    assert.is(pool.pooled, 64)
  }
  await withClock(
    () => maker.clock,
    async () => {
      maker.blocks = 16
      await takeAll()
      assert.equal(maker.orders, [64])
      await takeAll()
      assert.equal(maker.orders, [32, 32])
      maker.blocks = 0
      await takeAll()
      await takeAll()
      assert.equal(maker.orders, [64])
    },
  )
  assert.is(pool.longestRefill, 16)
})

test('a pair that broke in the pool is closed and never handed out', async () => {
  const { maker, pool } = await open(3)
  maker.made[2]!.fresh = false
  assert.is(pool.acquire(), maker.made[1])
  assert.is(maker.made[2]!.destroyed, 1)
})

test('a maker that fails half way gives what it has; then it is tried again after a pause', async () => {
  const { maker, pool, errors } = await open(8)
  maker.failure = new Error('killed')
  maker.before = 2
  maker.atOnce = false
  for (let i = 0; i < 5; i++) pool.acquire()
  maker.failure = undefined
  await settle()
  assert.is(pool.pooled, 8, 'the failure was not there yet')
  maker.failure = new Error('killed')
  for (let i = 0; i < 5; i++) pool.acquire()
  await settle()
  assert.is(pool.pooled, 5)
  assert.is(pool.failedRefills, 1)
  maker.failure = undefined
  await until(() => pool.pooled === 8, 'a retry')
  assert.equal(errors, [])
})

test('a maker is given up after three retries, once, and its pairs can still be released', async () => {
  const { maker, pool, errors } = await open(4)
  maker.failure = new Error('gone')
  maker.atOnce = false
  const out = pool.acquire() as FakePair
  for (let i = 0; i < 3; i++) pool.acquire()
  const orders = maker.orders.length
  await until(() => errors.length > 0, 'giving up')
  assert.is(maker.orders.length - orders, 1 + MAX_REFILL_RETRIES)
  assert.is(pool.failedRefills, 1 + MAX_REFILL_RETRIES)
  assert.is(errors[0]!.message, 'gone')
  pool.acquire()
  await settle()
  assert.is(maker.orders.length - orders, 1 + MAX_REFILL_RETRIES, 'no order after that')
  pool.release(out)
  assert.is(out.destroyed, 1)
  assert.is(errors.length, 1)
})

test('exhaustion is no failure of the maker: the pool waits for a release', async () => {
  const { maker, pool, errors } = await open(4)
  const out = [pool.acquire(), pool.acquire(), pool.acquire()]
  maker.failure = emfile()
  await settle()
  for (let i = 0; i < 20; i++) pool.acquire()
  await settle()
  const orders = maker.orders.length
  pool.acquire()
  await settle()
  assert.is(maker.orders.length, orders, 'nothing is ordered while exhausted')
  maker.failure = undefined
  pool.release(out[0]!)
  await settle()
  assert.is(pool.pooled, 4)
  assert.equal(errors, [])
})

test('a closed pool has closed what it held, and closes what comes back', async () => {
  const { maker, pool } = await open(4)
  const out = pool.acquire() as FakePair
  await pool.close()
  assert.ok(maker.closed)
  assert.is(pool.pooled, 0)
  assert.equal(
    maker.made.filter((pair) => pair !== out).map((pair) => pair.destroyed),
    [1, 1, 1],
  )
  pool.release(out)
  assert.is(out.destroyed, 1)
})

test.run()
