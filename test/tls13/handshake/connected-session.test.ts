import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../../src/bytes/index.ts'
import { CIPHER_SUITES } from '../../../src/tls13/cipher-suites.ts'
import { ConnectedSession } from '../../../src/tls13/handshake/connected-session.ts'
import { Level, TlsAlertError, type TlsInfo } from '../../../src/tls13/index.ts'

const test = suite('ConnectedSession')

const info: TlsInfo = {
  alpn: 'h3',
  suite: CIPHER_SUITES[0]!,
  group: 'x25519',
  serverName: undefined,
  peerCertificates: [],
}

/** Lifetime 60 s, age_add 0, nonce 00, ticket aa, no extensions (RFC 9846 §4.7.1). */
const newSessionTicket = fromHex(
  '0400000f 0000003c 00000000 01 00 0001 aa 0000'.replaceAll(' ', ''),
)
/** update_not_requested (RFC 9846 §4.7.3). */
const keyUpdate = fromHex('1800000100')

const alertOf = (action: () => void): number | undefined => {
  try {
    action()
  } catch (error) {
    if (error instanceof TlsAlertError) return error.alert
    throw error
  }
  return undefined
}

test('it has the facts of the handshake and nothing to say', () => {
  const session = new ConnectedSession('client', info)
  assert.is(session.info, info)
  assert.is(session.poll(), undefined)
  assert.is(session.connected(), session)
})

test('a client takes tickets, in pieces too', () => {
  const session = new ConnectedSession('client', info)
  session.receive(Level.application, newSessionTicket)
  for (const byte of newSessionTicket) session.receive(Level.application, Uint8Array.of(byte))
  assert.is(session.poll(), undefined)
})

test('a server takes no ticket, and neither side a KeyUpdate', () => {
  const unexpectedMessage = 10
  for (const [role, message] of [
    ['server', newSessionTicket],
    ['server', keyUpdate],
    ['client', keyUpdate],
  ] as const) {
    const session = new ConnectedSession(role, info)
    assert.is(
      alertOf(() => session.receive(Level.application, message)),
      unexpectedMessage,
    )
  }
})

test('a ticket of more than 16 KiB with its header is a decode_error by its header', () => {
  const decodeError = 50
  const header = (length: number) => Uint8Array.of(4, 0, length >> 8, length & 255)
  for (const [length, alert] of [
    [16 * 1024 - 4, undefined],
    [16 * 1024 - 3, decodeError],
  ] as const) {
    const session = new ConnectedSession('client', info)
    assert.is(
      alertOf(() => session.receive(Level.application, header(length))),
      alert,
      `${length} bytes`,
    )
  }
})

test('bytes of the handshake levels are too late', () => {
  const session = new ConnectedSession('client', info)
  assert.is(
    alertOf(() => session.receive(Level.handshake, newSessionTicket)),
    10,
  )
})

test.run()
