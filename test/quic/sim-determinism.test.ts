import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from './sim-digest.ts'

const test = suite('quic/sim: determinism')

test('the same seed gives the same bytes at the same times', () => {
  assert.equal(run(3), run(3))
})

test('in another process as well: keys and certificates are no exception', () => {
  const program = fileURLToPath(new URL('sim-digest.ts', import.meta.url))
  const output = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' })
  assert.equal(JSON.parse(output), run(3))
})

test('other seeds give other bytes', () => {
  assert.is(new Set([1, 2, 3, 4, 5].map((seed) => run(seed).digest)).size, 5)
})

test.run()
