import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portOf } from '../../src/api/option-checks.ts'
import {
  Agent,
  type ClientOptions,
  connect,
  createSecureServer,
  get,
  request,
  type ServerOptions,
} from '../../src/index.ts'

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

function refusal(action: () => unknown): readonly [string, string] {
  try {
    action()
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException
    return [`${name} ${code}`, message]
  }
  return ['nothing', '']
}

const TYPE = 'TypeError ERR_INVALID_ARG_TYPE'
const RANGE = 'RangeError ERR_OUT_OF_RANGE'

test('a server takes options, and those of the right kind', () => {
  const server = (options: unknown) => refusal(() => createSecureServer(options as ServerOptions))
  for (const options of [undefined, null, 4433, () => {}]) assert.is(server(options)[0], TYPE)
  for (const crypto of ['noble', {}, null, () => {}]) {
    const [kind, message] = server({ crypto })
    assert.is(kind, TYPE)
    assert.match(message, 'tsquic/noble')
  }
  for (const name of ['maxSessions', 'requestTimeout', 'writeTimeout']) {
    for (const value of ['a', '5', -5, Number.NaN, null]) {
      const [kind, message] = server({ [name]: value })
      assert.is(kind, RANGE, `${name} ${value}`)
      assert.match(message, name)
    }
    assert.is(server({ [name]: 0 })[0], 'nothing')
  }
  assert.match(server({ tokenSecret: 'x'.repeat(32) })[1], 'Uint8Array')
})

test('so does a client', () => {
  const url = 'https://localhost:1/'
  const crypto = 'noble' as unknown as NonNullable<ClientOptions['crypto']>
  assert.is(refusal(() => connect(url, { crypto }))[0], TYPE)
  assert.is(refusal(() => get(url, { crypto }))[0], TYPE)
  for (const keepAliveTimeout of [-1, 'a'] as number[]) {
    assert.is(refusal(() => new Agent({ keepAliveTimeout }))[0], RANGE)
  }
})

test('what moves datagrams is one of those that there are', () => {
  const url = 'https://localhost:1/'
  for (const udp of ['quic', '', 0, null, 'DGRAM'] as unknown as 'ffi'[]) {
    for (const make of [
      () => createSecureServer({ udp }),
      () => connect(url, { udp }),
      () => new Agent({ udp }),
    ]) {
      const [kind, message] = refusal(make)
      assert.is(kind, 'TypeError ERR_INVALID_ARG_VALUE')
      assert.match(message, '`udp` must be one of auto, dgram, ffi, not ')
    }
  }
})

test('a request in the manner of node:http is told how it is made here', () => {
  const url = 'https://localhost:1/'
  const callback = (() => {}) as never
  for (const send of [get, request]) {
    const [kind, message] = refusal(() => send(url, {}, callback))
    assert.is(kind, TYPE)
    assert.match(message, '`response`')
    assert.is(refusal(() => send(url, callback))[0], TYPE)
    const [other, expected] = refusal(() => send({ host: 'localhost', port: 1 } as never))
    assert.is(other, TYPE)
    assert.match(expected, 'https://')
    assert.not.match(expected, '[object')
  }
})

test.run()
