import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Path } from '../../../src/quic/connection/path.ts'
import { MAX_PENDING_PATH_RESPONSES } from '../../../src/quic/limits.ts'
import { CLIENT, SERVER } from '../support/pair.ts'

const test = suite('quic/connection/path')
const DATA = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

test('three bytes may go for each that came until the address is proven', () => {
  const path = new Path(CLIENT, SERVER, false)
  assert.is(path.budget, 0)
  path.bytesReceived = 1200
  path.bytesSent = 600
  assert.is(path.budget, 3000)
  path.validated = true
  assert.is(path.budget, Number.POSITIVE_INFINITY)
})

test('an address is the same when host and port are', () => {
  const path = new Path(CLIENT, SERVER, false)
  assert.is(path.isTo({ ...CLIENT }), true)
  assert.is(path.isTo({ ...CLIENT, port: 1 }), false)
  assert.is(path.isTo({ ...CLIENT, address: '10.0.0.9' }), false)
})

test('no more challenges wait for an answer than the cap', () => {
  const path = new Path(CLIENT, SERVER, true)
  for (let i = 0; i < 100; i++) path.onChallenge(DATA)
  assert.is(path.challenges.length, MAX_PENDING_PATH_RESPONSES)
})

test('the answer to a challenge proves the path, anything else does not', () => {
  const path = new Path(CLIENT, SERVER, false)
  assert.is(path.onResponse(DATA), false)
  path.startValidation(DATA)
  assert.equal(path.takeChallenge(1000, 100), DATA)
  assert.is(path.onResponse(DATA.slice().reverse()), false)
  assert.is(path.validated, false)
  assert.is(path.onResponse(DATA.slice()), true)
  assert.is(path.validated, true)
  assert.is(path.nextTimeout, undefined)
  assert.is(path.onResponse(DATA), false, 'once')
})

test('a challenge is repeated at growing distances, four times, and then the path has failed', () => {
  const path = new Path(CLIENT, SERVER, false)
  path.startValidation(DATA)
  let now = 1000
  const waits: number[] = []
  while (path.takeChallenge(now, 100) !== undefined) {
    const at = path.nextTimeout!
    path.onTimeout(at - 1)
    assert.is(path.wantsProbe, false)
    waits.push(at - now)
    now = at
    path.onTimeout(now)
  }
  assert.equal(waits, [100, 200, 400, 800])
  assert.is(path.failed, true)
  assert.is(path.nextTimeout, undefined)
})

test.run()
