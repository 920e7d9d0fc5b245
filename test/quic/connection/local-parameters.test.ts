import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localParameters } from '../../../src/quic/connection/local-parameters.ts'
import { defaultTransportConfig } from '../../../src/quic/index.ts'
import { ACTIVE_CONNECTION_ID_LIMIT } from '../../../src/quic/limits.ts'
import {
  decodeTransportParameters,
  encodeTransportParameters,
} from '../../../src/quic/wire/index.ts'

const test = suite('quic/connection/local-parameters')
const SOURCE = new Uint8Array(8).fill(3)

test('what the peer reads is what the configuration says', () => {
  const config = { ...defaultTransportConfig, maxIdleTimeout: 1234, initialMaxStreamsUni: 7 }
  const ours = localParameters(config, SOURCE, undefined)
  const random = new Uint8Array(8)
  const theirs = decodeTransportParameters(encodeTransportParameters(ours, random), false)
  assert.is(theirs.maxIdleTimeout, 1234)
  assert.is(theirs.initialMaxStreamsUni, 7)
  assert.is(theirs.initialMaxData, config.initialMaxData)
  assert.is(theirs.initialMaxStreamDataBidiRemote, config.initialMaxStreamData)
  assert.is(theirs.activeConnectionIdLimit, ACTIVE_CONNECTION_ID_LIMIT)
  assert.equal(theirs.initialSourceConnectionId, SOURCE)
  assert.is(theirs.statelessResetToken, undefined)
})

test('a server adds what only a server may say', () => {
  const server = {
    originalDestinationConnectionId: new Uint8Array(9).fill(1),
    statelessResetToken: new Uint8Array(16).fill(2),
  }
  const ours = localParameters(defaultTransportConfig, SOURCE, server)
  const random = new Uint8Array(8)
  const theirs = decodeTransportParameters(encodeTransportParameters(ours, random), true)
  assert.equal(theirs.originalDestinationConnectionId, server.originalDestinationConnectionId)
  assert.equal(theirs.statelessResetToken, server.statelessResetToken)
  assert.is(theirs.retrySourceConnectionId, undefined)
})

test('after a Retry a server says from which id it came', () => {
  const server = {
    originalDestinationConnectionId: new Uint8Array(9).fill(1),
    statelessResetToken: new Uint8Array(16).fill(2),
    retrySourceConnectionId: new Uint8Array(8).fill(4),
  }
  const ours = localParameters(defaultTransportConfig, SOURCE, server)
  const encoded = encodeTransportParameters(ours, new Uint8Array(8))
  const theirs = decodeTransportParameters(encoded, true)
  assert.equal(theirs.retrySourceConnectionId, server.retrySourceConnectionId)
})

test.run()
