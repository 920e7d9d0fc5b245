import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CallableServer, callFromWorker } from '../../../src/vfd/server/worker-calls.ts'

const test = suite('vfd/server/worker-calls')

/** Answers every call with its name and arguments. */
const server = new Proxy({} as CallableServer, {
  get:
    (_target, name) =>
    (...args: unknown[]) => [name, ...args],
})

test('the calls with session ids reach the server as they are', () => {
  for (const [method, ...args] of [
    ['exists', 1],
    ['getClientInfo', 1],
    ['getClientList', 1, 20],
    ['bind', 1, 7],
    ['pause', 1],
    ['resume', 1],
    ['send', 1, 'text'],
  ] as const) {
    assert.equal(callFromWorker(server, method, args), [method, ...args])
  }
  assert.equal(callFromWorker(server, 'close', [1]), ['close', 1, false])
  assert.equal(callFromWorker(server, 'close', [1, true]), ['close', 1, true])
  assert.equal(callFromWorker(server, 'protect', [1]), ['protect', 1, true])
  assert.equal(callFromWorker(server, 'subscribe', [1, 4]), ['subscribeStream', 1, 4])
  assert.equal(callFromWorker(server, 'getClientList', []), ['getClientList', 0, 10])
  assert.equal(callFromWorker(server, 'stats', []), ['stats'])
})

test('nothing else of the server can be called, and nothing with wrong types', () => {
  const calls: [string, ...unknown[]][] = [
    ['shutdown'],
    ['constructor'],
    ['__proto__'],
    ['exists', '1'],
    ['send', 1, { length: 3 }],
    ['close'],
  ]
  for (const [method, ...args] of calls) {
    assert.throws(
      () => callFromWorker(server, method, args),
      (error: unknown) => error instanceof TypeError,
    )
  }
})

test.run()
