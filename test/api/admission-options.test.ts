import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AdmissionOptions, endpointLimits } from '../../src/api/admission-options.ts'

const test = suite('api/admission-options')

test('nothing is said of what was not given', () => {
  assert.equal(endpointLimits({}), {})
})

test('options become limits of the endpoint', () => {
  const secret = new Uint8Array(32)
  const limits = endpointLimits({
    maxSessions: 5,
    maxHandshakesPerSecond: 50,
    retry: 'never',
    tokenSecret: secret,
  })
  assert.is(limits.maxConnections, 5)
  assert.is(limits.handshakesPerSecond, 50)
  assert.is(limits.retry, 'never')
  assert.is(limits.sharedTokens?.secret, secret)
  assert.ok(Math.abs(limits.sharedTokens!.unixTime() - Date.now()) < 10_000)
})

test('values that can’t be used are refused', () => {
  const wrong: { [name: string]: unknown }[] = [
    { retry: 'sometimes' },
    { retry: true },
    { tokenSecret: new Uint8Array(31) },
    { tokenSecret: 'x'.repeat(32) },
    { maxHandshakesPerSecond: 0 },
    { maxHandshakesPerSecond: 1.5 },
    { maxHandshakesPerSecond: Number.POSITIVE_INFINITY },
  ]
  for (const options of wrong) {
    assert.throws(
      () => endpointLimits(options as AdmissionOptions),
      (error: Error & { code?: string }) =>
        error instanceof TypeError && error.code === 'ERR_INVALID_ARG_VALUE',
      JSON.stringify(options),
    )
  }
})

test.run()
