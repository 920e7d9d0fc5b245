/** A29: what a server can say in CRYPTO frames once the handshake is over. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, type Writer } from '../../src/bytes/index.ts'
import { writeCryptoHeader } from '../../src/quic/wire/index.ts'
import { Pair } from '../quic/support/pair.ts'
import { frames, rawOneRtt, stateOf } from '../quic/support/raw-packets.ts'

const test = suite('attacks/tickets')

/** NewSessionTicket: lifetime, age_add, a nonce of one byte, a ticket of two, no extensions. */
const TICKET = fromHex('04000010 0000003c 00000000 01 00 0002 aaaa 0000'.replaceAll(' ', ''))
const UNEXPECTED_MESSAGE = 0x100 + 10
const DECODE_ERROR = 0x100 + 50

const crypto = (offset: number, data: Uint8Array) => (writer: Writer) => {
  writeCryptoHeader(writer, offset, data.length)
  writer.put(data)
}

test('tickets without end are passed over, and nothing of them is kept', () => {
  const pair = Pair.connected()
  const { connection: server } = pair.server
  assert.is(TICKET.length, 4 + TICKET[3]!)
  let offset = 0
  for (let i = 0; i < 500; i++) {
    const several = frames(
      ...Array.from({ length: 20 }, () => {
        const frame = crypto(offset, TICKET)
        offset += TICKET.length
        return frame
      }),
    )
    pair.deliver([rawOneRtt(server, several)], 'toClient')
    pair.flush(pair.client)
  }
  assert.is(pair.client.closeInfo, undefined)
  const stream = stateOf(pair.client.connection).handshake.crypto[2]
  assert.is(stream['input']?.pieces, 0)
  assert.is(stream['input']?.readOffset, 10_000 * TICKET.length)
})

test('a ticket that announces more than it may is refused at its first bytes', () => {
  const pair = Pair.connected()
  const start = Uint8Array.of(4, 1, 0, 0)
  pair.deliver([rawOneRtt(pair.server.connection, frames(crypto(0, start)))], 'toClient')
  assert.is(pair.client.closeInfo?.errorCode, DECODE_ERROR)
})

test('a CertificateRequest after the handshake, or any other message, ends the connection', () => {
  for (const type of [0, 1, 2, 8, 11, 13, 15, 20, 24, 254]) {
    const pair = Pair.connected()
    const message = Uint8Array.of(type, 0, 0, 1, 0)
    pair.deliver([rawOneRtt(pair.server.connection, frames(crypto(0, message)))], 'toClient')
    assert.is(pair.client.closeInfo?.errorCode, UNEXPECTED_MESSAGE, `type ${type}`)
  }
})

test.run()
