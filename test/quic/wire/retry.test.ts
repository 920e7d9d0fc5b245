import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  PacketHeader,
  PacketType,
  parsePacketHeader,
  readRetry,
  VERSION_1,
  writeRetry,
} from '../../../src/quic/wire/index.ts'
import { VERSION_2 } from '../../../src/quic/wire/version.ts'
import { PROVIDERS } from '../../tls13/providers.ts'
import { CLIENT_DCID, RETRY } from '../rfc9001-vectors.ts'

const SERVER_CID = fromHex('f067a5502a4262b5')
const NONE = new Uint8Array(0)
const ascii = new TextEncoder()

for (const crypto of PROVIDERS) {
  const test = suite(`Retry over ${crypto.name}`)

  const read = (datagram: Uint8Array, originalDestinationConnectionId = CLIENT_DCID) => {
    const header = new PacketHeader()
    assert.ok(parsePacketHeader(datagram, 0, 8, header))
    assert.is(header.type, PacketType.retry)
    return readRetry(crypto, datagram, header, originalDestinationConnectionId)
  }
  const write = (version: number, token: string) => {
    const out = new Uint8Array(100)
    const length = writeRetry(
      crypto,
      out,
      version,
      NONE,
      SERVER_CID,
      ascii.encode(token),
      CLIENT_DCID,
      0xff,
    )
    return out.slice(0, length)
  }

  test('the packet of RFC 9001 §A.4 is written', () => {
    assert.is(toHex(write(VERSION_1, 'token')), toHex(RETRY))
  })

  test('the packet of RFC 9369 §A.4 is written', () => {
    assert.is(
      toHex(write(VERSION_2, 'token')),
      'cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6',
    )
  })

  test('the token of RFC 9001 §A.4 is read', () => {
    assert.is(toHex(read(RETRY)!), toHex(ascii.encode('token')))
  })

  test('a packet that is changed in any byte gives no token', () => {
    for (let at = 0; at < RETRY.length; at++) {
      const changed = RETRY.slice()
      changed[at]! ^= 0x01
      const header = new PacketHeader()
      if (!parsePacketHeader(changed, 0, 8, header) || header.type !== PacketType.retry) continue
      assert.is(readRetry(crypto, changed, header, CLIENT_DCID), undefined, `byte ${at}`)
    }
  })

  test('an answer to another Initial gives no token', () => {
    assert.is(read(RETRY, fromHex('8394c8f03e515709')), undefined)
    assert.is(read(RETRY, NONE), undefined)
  })

  test('an empty token is refused, however good the tag is', () => {
    assert.is(read(write(VERSION_1, '')), undefined)
  })

  test('a packet shorter than its tag is refused', () => {
    assert.not(parsePacketHeader(RETRY.subarray(0, 30), 0, 8, new PacketHeader()))
  })

  test.run()
}
