import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judge } from './verdict.ts'

const test = suite('the verdict on a test file')

const totals = (total: number, passed: number, skipped: number): string =>
  `\n  Total:     ${total}\u001b[32m\n  Passed:    ${passed}\u001b[39m\n  Skipped:   ${skipped}\n  Duration:  1ms\n`

const judged = (output: string, code: number | null, timedOut = false) => {
  const { passed, failed, skipped, problem } = judge('a.test.ts', output, code, timedOut, 1)
  return { passed, failed, skipped, problem }
}

test('passes when every test passed', () => {
  assert.equal(judged(totals(3, 3, 1), 0), {
    passed: 3,
    failed: 0,
    skipped: 1,
    problem: undefined,
  })
})

test('counts the failed tests', () => {
  assert.equal(judged(totals(5, 3, 0), 1), {
    passed: 3,
    failed: 2,
    skipped: 0,
    problem: '2 of 5 failed',
  })
})

test('fails when no totals were printed', () => {
  assert.is(judged('', 0).failed, 1)
  assert.is(judged('SyntaxError', 1).failed, 1)
})

test('fails when the exit code does, though all tests passed', () => {
  assert.equal(judged(totals(2, 2, 0), 7), {
    passed: 2,
    failed: 1,
    skipped: 0,
    problem: 'exit code 7',
  })
})

test('fails when it was killed, whatever it printed before', () => {
  assert.is(judged(totals(2, 2, 0), null, true).failed, 1)
  assert.is(judged(totals(2, 2, 0), null).failed, 1)
})

test('fails when it ran no test', () => {
  assert.is(judged(totals(0, 0, 0), 0).problem, 'ran no test')
  assert.is(judged(totals(0, 0, 4), 0).problem, undefined)
})

test('what a file says it leaves out is counted, though its runner knows nothing of it', () => {
  const output = `skipped: no such device\nskipped: no such system${totals(3, 3, 0)}`
  assert.is(judge('f', output, 0, false, 1).skipped, 2)
})

test('collects the notes on what was skipped', () => {
  const output = `a\nskipped: caddy not installed\nb${totals(0, 0, 1)}`
  assert.equal(judge('f', output, 0, false, 1).notes, ['skipped: caddy not installed'])
})

test.run()
