import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../src/sim/index.ts'

const test = suite('sim/random')

const take = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32())

test('the same seed gives the same numbers, another seed others', () => {
  assert.equal(take(new Random(7), 50), take(new Random(7), 50))
  assert.not.equal(take(new Random(7), 50), take(new Random(8), 50))
  assert.equal(new Random(7).randomBytes(13), new Random(7).randomBytes(13))
})

test('neighbouring seeds have nothing in common, zero is a seed like any other', () => {
  const seen = new Set<number>()
  for (let seed = 0; seed < 1000; seed++) for (const n of take(new Random(seed), 4)) seen.add(n)
  // 4,000 draws of 2^32 meet twice with probability 0.002.
  assert.ok(seen.size >= 3999)
})

test('next() is evenly spread over [0, 1)', () => {
  const random = new Random(1)
  const buckets = new Array<number>(10).fill(0)
  for (let i = 0; i < 100_000; i++) {
    const value = random.next()
    assert.ok(value >= 0 && value < 1)
    buckets[Math.floor(value * 10)]!++
  }
  // Five standard deviations of a binomial distribution with n = 100,000, p = 0.1.
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 5 * 95)
})

test('all 32 bits and all bytes are used', () => {
  const random = new Random(2)
  let ones = 0
  let zeros = 0
  for (const bits of take(random, 64)) {
    ones |= bits
    zeros |= ~bits
  }
  assert.is(ones >>> 0, 0xffffffff)
  assert.is(zeros >>> 0, 0xffffffff)
  const bytes = random.randomBytes(10_001)
  assert.is(bytes.length, 10_001)
  assert.is(new Set(bytes).size, 256)
})

test('chance() happens as often as it says; int() stays within its end', () => {
  const random = new Random(3)
  let hits = 0
  for (let i = 0; i < 10_000; i++) if (random.chance(0.3)) hits++
  assert.ok(Math.abs(hits - 3000) < 5 * 46)
  assert.not(random.chance(0))
  assert.ok(random.chance(1))
  const seen = new Set(Array.from({ length: 200 }, () => random.int(6)))
  assert.equal(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  )
})

test('what draws from a fork leaves the numbers of its origin as they are', () => {
  const plain = new Random(9)
  plain.fork()
  const used = new Random(9)
  take(used.fork(), 100)
  assert.equal(take(used, 10), take(plain, 10))
})

test.run()
