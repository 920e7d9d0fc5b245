import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  checkTransportConfig,
  defaultTransportConfig,
  type TransportConfig,
} from '../../src/quic/config.ts'

const test = suite('quic/config')

test('the defaults are within their ranges', () => {
  checkTransportConfig(defaultTransportConfig)
})

test('every number has a least and a greatest value', () => {
  const least: Partial<TransportConfig> = {
    maxIdleTimeout: 0,
    keepAliveInterval: 0,
    handshakeTimeout: 1,
    initialMaxData: 0,
    maxConnectionWindow: 0,
    initialMaxStreamData: 0,
    maxStreamWindow: 0,
    initialMaxStreamsBidi: 0,
    initialMaxStreamsUni: 0,
    sendBufferHighWaterMark: 0,
    maxDatagramSize: 1200,
    initialRtt: 1,
  }
  checkTransportConfig(least)
  for (const [name, value] of Object.entries(least) as [keyof TransportConfig, number][]) {
    for (const wrong of [value - 1, value + 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
      assert.throws(
        () => checkTransportConfig({ [name]: wrong }),
        (error: Error) =>
          error instanceof RangeError && error.message.includes(`transport.${name}`),
        `${name} ${wrong}`,
      )
  }
  assert.throws(
    () => checkTransportConfig({ maxDatagramSize: 9001 }),
    /from 1200 to 9000, not 9001/,
  )
})

test.run()
