import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abortError, connectionError, streamError } from '../../src/api/errors.ts'
import type { CloseInfo } from '../../src/quic/index.ts'

const test = suite('api/errors')

const closed = (info: Partial<CloseInfo> & Pick<CloseInfo, 'kind'>): CloseInfo => ({
  errorCode: 0,
  reason: '',
  remote: true,
  ...info,
})

test('a connection that times out has a code of its own for each clock', () => {
  assert.is(connectionError(closed({ kind: 'idleTimeout' })).code, 'ERR_QUIC_IDLE_TIMEOUT')
  assert.is(
    connectionError(closed({ kind: 'handshakeTimeout' })).code,
    'ERR_QUIC_HANDSHAKE_TIMEOUT',
  )
  assert.match(connectionError(closed({ kind: 'handshakeTimeout' })).message, 'within 10 s')
})

test('an alert of the peer is named', () => {
  const error = connectionError(closed({ kind: 'transport', errorCode: 0x178 }))
  assert.is(error.code, 'ERR_QUIC_TLS_ALERT')
  assert.is(error.errorCode, 0x178n)
  assert.match(error.message, 'no_application_protocol (alert 120)')
  // New in RFC 9846.
  const general = connectionError(closed({ kind: 'transport', errorCode: 0x175 }))
  assert.match(general.message, 'general_error (alert 117)')
})

test('a certificate that we refused keeps the code of node:tls', () => {
  const cause = Object.assign(new Error('expired in 1999'), { code: 'CERT_HAS_EXPIRED' })
  const error = connectionError(
    closed({ kind: 'transport', errorCode: 0x12d, remote: false, cause }),
  )
  assert.is(error.code, 'CERT_HAS_EXPIRED')
  assert.is(error.message, 'expired in 1999')
  assert.is(error.cause, cause)
})

test('an HTTP/3 error is named, with its reason', () => {
  const info = closed({ kind: 'application', errorCode: 0x105, reason: 'DATA first' })
  const error = connectionError(info)
  assert.is(error.code, 'ERR_QUIC_APPLICATION_ERROR')
  assert.is(error.type, 'application')
  assert.match(error.message, 'H3_FRAME_UNEXPECTED: DATA first')
})

test('what a peer says neither breaks a line nor steers a terminal', () => {
  const reason = 'a\nforged line\r\u001b[2Jgone \u009b31m \u202edetrevni "quoted" \ud800 caf\u00e9'
  const error = connectionError(closed({ kind: 'application', errorCode: 0x105, reason }))
  assert.match(
    error.message,
    'a\\u{a}forged line\\u{d}\\u{1b}[2Jgone \\u{9b}31m \\u{202e}detrevni "quoted" \\u{d800} caf\u00e9',
  )
})

test('a reset has the name of its code, or a general one', () => {
  assert.is(streamError(0x10b, true, '').code, 'ERR_HTTP3_REQUEST_REJECTED')
  assert.is(streamError(0x10e, false, '').code, 'ERR_HTTP3_MESSAGE_ERROR')
  assert.is(streamError(0x4242, true, '').code, 'ERR_HTTP3_STREAM_RESET')
  assert.is(streamError(0x4242, true, '').errorCode, 0x4242n)
})

test('an abort looks like those of Node', () => {
  const error = abortError(AbortSignal.abort('enough'))
  assert.is(error.name, 'AbortError')
  assert.is((error as { code?: string }).code, 'ABORT_ERR')
  assert.is(error.cause, 'enough')
})

test.run()
