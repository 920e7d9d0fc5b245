import { suite } from 'uvu'
import { concatBytes, fromHex } from '../../../src/bytes/index.ts'
import { checkNewSessionTicket } from '../../../src/tls13/messages/new-session-ticket.ts'
import { openRecord, traces } from '../key-schedule/rfc8448.ts'
import { assertAlert } from '../support.ts'
import { block, eachPrefix } from './codec-support.ts'

const test = suite('NewSessionTicket')

const START = fromHex('00001c20 01020304 01aa 0002bbcc')

const check = (...extensions: readonly (readonly [number, string])[]) =>
  checkNewSessionTicket(concatBytes([START, block(...extensions)]))

test('a ticket with and without early_data for QUIC, and with unknown extensions, is taken', () => {
  check()
  check([42, 'ffffffff'])
  check([0x3a3a, '00'], [42, 'ffffffff'])
})

test('another max_early_data_size than 0xffffffff is an illegal_parameter (RFC 9001 §4.6.1)', () => {
  assertAlert(47, () => check([42, '00000000']))
  // The ticket of the trace is one for TLS over TCP.
  const secret = fromHex(traces.simple.secrets.serverApplication!)
  const ticket = openRecord(traces.simple.newSessionTicketRecord, secret, 0)
  assertAlert(47, () => checkNewSessionTicket(ticket.subarray(4)))
})

test('an extension that has no place in it is an illegal_parameter', () => {
  assertAlert(47, () => check([16, '0003026833']))
})

test('malformed tickets are decode_errors', () => {
  eachPrefix(concatBytes([START, block([42, 'ffffffff'])]), (prefix) =>
    assertAlert(50, () => checkNewSessionTicket(prefix)),
  )
  assertAlert(50, () => checkNewSessionTicket(fromHex('00001c20 01020304 01aa 0000 0000')))
  assertAlert(50, () => check([42, 'ffffff']))
})

test.run()
