import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ServerOptions } from '../../../src/vfd/index.ts'
import { settingsOf } from '../../../src/vfd/server/options.ts'

const test = suite('vfd/server/check-options')

/** What the options are refused with; undefined when they are taken. */
const refusal = (options: unknown): NodeJS.ErrnoException | undefined => {
  try {
    settingsOf(options as ServerOptions)
    return undefined
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

const LONGEST = 2 ** 31 - 1

/** Each option with values that it takes, and with some that it does not. */
const numbers: readonly (readonly [
  name: string,
  good: readonly number[],
  bad: readonly unknown[],
])[] = [
  ['maxRequest', [0, 1e9], [-1, 0.5, '1']],
  ['maxWaitTime', [0, LONGEST], [-1, LONGEST + 1, Number.POSITIVE_INFINITY, Number.NaN]],
  ['maxConn', [1, 1e9], [0, -1, 1.5, Number.NaN, '10', null]],
  ['vfdPoolSize', [0, 128], [-1, 0.5, Number.POSITIVE_INFINITY]],
  ['heartbeatCheckInterval', [1, LONGEST], [0, -1, LONGEST + 1, Number.NaN, '5']],
  ['heartbeatIdleTime', [1, LONGEST], [0, -1, Number.POSITIVE_INFINITY, {}]],
  ['socketBufferSize', [1, 1e9], [0, -1, Number.NaN]],
  ['bufferHighWatermark', [1, 1e9], [0, -1, 0.5]],
  ['bufferLowWatermark', [0, 1000], [-1, 0.5, '1']],
]

test('a number is within what can be done', () => {
  for (const [name, good, bad] of numbers) {
    for (const value of good) assert.is(refusal({ [name]: value }), undefined, `${name} ${value}`)
    for (const value of bad) {
      const error = refusal({ [name]: value })
      assert.instance(error, RangeError, `${name} ${value}`)
      assert.is(error?.code, 'ERR_OUT_OF_RANGE')
      assert.match(error!.message, `\`${name}\` must be an integer from `)
    }
  }
})

test('numbers of workers are counts up to 1000', () => {
  const worker = '/handlers.js'
  assert.is(refusal({ worker, workerNum: 1000, taskWorkerNum: 1000 }), undefined)
  for (const name of ['workerNum', 'taskWorkerNum']) {
    for (const value of [-1, 0.5, 1001, '2']) {
      assert.is(refusal({ worker, [name]: value })?.code, 'ERR_OUT_OF_RANGE', `${name} ${value}`)
    }
  }
})

test('a choice is one of those that there are', () => {
  const choices = [
    ['notify', ['doorbell', 'fd'], ['x', '', 1, null]],
    ['scheme', ['socketpair', 'shared', 'session'], ['x', true]],
    ['vfdSource', ['native', 'ffi', 'koffi', 'helper', 'unix', 'emulated'], ['best', 0]],
    ['dispatchMode', ['round', 'fdmod', 'concurrentLb', 1, 10], ['best', 7, 0, 'toString', null]],
  ] as const
  for (const [name, good, bad] of choices) {
    for (const value of good) assert.is(refusal({ [name]: value }), undefined, `${name} ${value}`)
    for (const value of bad) {
      const error = refusal({ [name]: value })
      assert.instance(error, TypeError, `${name} ${value}`)
      assert.is(error?.code, 'ERR_INVALID_ARG_VALUE')
      assert.match(error!.message, `\`${name}\` must be one of ${good[0]}, `)
    }
  }
})

test('a mode of the user’s needs a function, with and without workers', () => {
  for (const workers of [{}, { workerNum: 1, worker: '/handlers.js' }]) {
    for (const dispatchMode of ['userfunc', 6]) {
      const error = refusal({ ...workers, dispatchMode })
      assert.is(error?.code, 'ERR_INVALID_ARG_VALUE')
      assert.match(error!.message, 'needs a `dispatchFunction`')
      assert.is(refusal({ ...workers, dispatchMode, dispatchFunction: () => 0 }), undefined)
    }
  }
  assert.match(refusal({ dispatchFunction: 'first' })!.message, 'must be a function, not "first"')
})

test('workers have a module, which is a file', () => {
  for (const count of ['workerNum', 'taskWorkerNum']) {
    const error = refusal({ [count]: 1 })
    assert.is(error?.code, 'ERR_INVALID_ARG_VALUE')
    assert.match(error!.message, 'give `worker`')
  }
  for (const worker of [new URL('./w.ts', import.meta.url), import.meta.url, '/handlers.js']) {
    assert.is(refusal({ worker, workerNum: 1 }), undefined, String(worker))
  }
  for (const worker of ['./w.js', 'w.js', '', new URL('https://localhost/w.js'), 5, null]) {
    const error = refusal({ worker, workerNum: 1 })
    assert.is(error?.code, 'ERR_INVALID_ARG_VALUE', String(worker))
    assert.match(error!.message, 'must be a file URL or an absolute path, not ')
  }
})

test('a buffer can be empty before it is full', () => {
  assert.is(refusal({ bufferLowWatermark: 5, bufferHighWatermark: 5 }), undefined)
  // The high one is 0.8 of the size where it is not given.
  for (const options of [
    { bufferLowWatermark: 6, bufferHighWatermark: 5 },
    { bufferLowWatermark: 801, socketBufferSize: 1000 },
  ]) {
    const error = refusal(options)
    assert.instance(error, RangeError)
    assert.is(error?.code, 'ERR_OUT_OF_RANGE')
    assert.match(error!.message, 'is above `bufferHighWatermark`')
  }
})

test('a top socket is a path, or yes or no', () => {
  for (const topSocket of [true, false, '/tmp/x.sock']) {
    assert.is(refusal({ topSocket }), undefined)
  }
  for (const topSocket of ['', 'a\0b', 5, null]) {
    assert.is(refusal({ topSocket })?.code, 'ERR_INVALID_ARG_VALUE', String(topSocket))
  }
})

test('options are an object', () => {
  for (const options of [undefined, null, 'port', 443]) {
    assert.is(refusal(options)?.code, 'ERR_INVALID_ARG_TYPE')
  }
})

test.run()
