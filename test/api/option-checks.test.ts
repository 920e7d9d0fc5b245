import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portOf } from '../../src/api/option-checks.ts'

const test = suite('api/option-checks')

test('a port is a number from 0 to 65535, or its digits', () => {
  assert.is(portOf(0), 0)
  assert.is(portOf(65_535), 65_535)
  assert.is(portOf('443'), 443)
  for (const port of [-1, 65_536, 1.5, Number.NaN, 'x', '', ' 1', '65536', null, undefined, {}]) {
    assert.throws(
      () => portOf(port),
      (error: Error & { code?: string }) =>
        error instanceof RangeError && error.code === 'ERR_SOCKET_BAD_PORT',
    )
  }
})

test.run()
