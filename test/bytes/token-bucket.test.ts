import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TokenBucket } from '../../src/bytes/index.ts'

const test = suite('TokenBucket')

test('it begins full', () => {
  const bucket = new TokenBucket(3, 1, 0)
  assert.equal(
    [1, 2, 3, 4].map(() => bucket.take(1, 0)),
    [true, true, true, false],
  )
})

test('tokens come back with time', () => {
  const bucket = new TokenBucket(10, 100, 1000)
  assert.ok(bucket.take(10, 1000))
  assert.not(bucket.take(1, 1009))
  assert.ok(bucket.take(1, 1010))
  assert.not(bucket.take(1, 1010))
  assert.ok(bucket.take(5, 1060))
  assert.not(bucket.take(1, 1060))
})

test('it holds no more than its capacity', () => {
  const bucket = new TokenBucket(5, 1000, 0)
  assert.not(bucket.take(6, 1e9))
  assert.ok(bucket.take(5, 1e9))
  assert.not(bucket.take(1, 1e9))
})

test('what is refused takes nothing', () => {
  const bucket = new TokenBucket(5, 1, 0)
  assert.not(bucket.take(6, 0))
  assert.ok(bucket.take(5, 0))
})

test('a clock that steps back gives nothing twice', () => {
  const bucket = new TokenBucket(2, 1000, 100)
  assert.ok(bucket.take(2, 100))
  assert.not(bucket.take(1, 50))
  assert.not(bucket.take(1, 100))
  assert.ok(bucket.take(1, 101))
})

test('it tells when there will be enough', () => {
  const bucket = new TokenBucket(10, 100, 1000)
  assert.ok(bucket.availableAt(10) <= 1000)
  assert.ok(bucket.take(10, 1000))
  assert.is(bucket.availableAt(1), 1010)
  assert.is(bucket.availableAt(5), 1050)
  assert.not(bucket.take(1, 1004))
  assert.is(bucket.availableAt(1), 1010)
})

test.run()
