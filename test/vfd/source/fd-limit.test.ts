import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { descriptorLimit, pairBudget, resolveMaxConnections } from '../../../src/vfd/index.ts'
import { FD_RESERVE } from '../../../src/vfd/limits.ts'

const test = suite('vfd/source/fd-limit')

if (process.platform !== 'win32')
  test('the limit is that of the shell after Node raised it', () => {
    const told = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
    assert.is(descriptorLimit(), told === 'unlimited' ? Number.POSITIVE_INFINITY : Number(told))
  })

test('pairs fit into what is neither open nor in reserve', () => {
  assert.is(pairBudget(FD_RESERVE), 0)
  const budget = pairBudget(10_000)
  assert.ok(budget > (10_000 - FD_RESERVE - 200) / 2)
  assert.ok(budget < (10_000 - FD_RESERVE) / 2)
  assert.is(pairBudget(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
})

test('a table is as long as asked, within 2^20 and the limit, and 100,000 by itself', () => {
  const unlimited = Number.POSITIVE_INFINITY
  assert.is(resolveMaxConnections(undefined, unlimited), 100_000)
  assert.is(resolveMaxConnections(5, unlimited), 5)
  assert.is(resolveMaxConnections(2 ** 21, unlimited), 2 ** 20)
  assert.is(resolveMaxConnections(undefined, 1024), 1024)
})

test.run()
