import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  deriveInitialSecrets,
  hasReservedBits,
  PacketKeys,
} from '../../../src/quic/protection/index.ts'
import { PacketHeader, parsePacketHeader, VERSION_1 } from '../../../src/quic/wire/index.ts'
import { type CipherSuite, cipherSuitesById, INITIAL_SUITE } from '../../../src/tls13/index.ts'
import { PROVIDERS } from '../../tls13/providers.ts'
import * as vectors from '../rfc9001-vectors.ts'

const CHACHA = cipherSuitesById([0x1303])[0]!
/** RFC 9001 §A.5. */
const CHACHA_SECRET = fromHex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b')
const CHACHA_PACKET = '4cfe4189655e5cd55c41f69080575d7999c25a5bfb'

for (const crypto of PROVIDERS) {
  const test = suite(`PacketKeys over ${crypto.name}`)
  const initial = (side: 'client' | 'server') =>
    new PacketKeys(
      crypto,
      INITIAL_SUITE,
      deriveInitialSecrets(crypto, VERSION_1, vectors.CLIENT_DCID)[side],
      VERSION_1,
    )

  test('a client Initial is sealed as in RFC 9001 §A.2', () => {
    const payloadEnd = vectors.CLIENT_HEADER.length + 1162
    const packet = new Uint8Array(payloadEnd + 16)
    packet.set(vectors.CLIENT_HEADER)
    packet.set(vectors.CLIENT_CRYPTO_FRAME, vectors.CLIENT_HEADER.length)
    assert.is(initial('client').seal(packet, 0, 18, 4, payloadEnd, 2), packet.length)
    assert.is(toHex(packet), toHex(vectors.CLIENT_INITIAL))
  })

  test('a client Initial is opened as in RFC 9001 §A.2', () => {
    const datagram = vectors.CLIENT_INITIAL.slice()
    const header = new PacketHeader()
    const keys = initial('client')
    assert.ok(parsePacketHeader(datagram, 0, 8, header))
    assert.ok(keys.unprotectHeader(datagram, header))
    assert.is(toHex(datagram.subarray(0, 22)), toHex(vectors.CLIENT_HEADER))
    assert.is(header.firstByte, 0xc3)
    assert.is(header.packetNumber, 2)
    assert.is(header.packetNumberLength, 4)
    assert.not(hasReservedBits(header))
    const payload = keys.open(datagram, header)!
    assert.is(payload.length, 1162)
    const frame = vectors.CLIENT_CRYPTO_FRAME
    assert.is(toHex(payload.subarray(0, frame.length)), toHex(frame))
    assert.ok(payload.subarray(frame.length).every((byte) => byte === 0))
  })

  test('a server Initial is sealed and opened as in RFC 9001 §A.3', () => {
    const keys = initial('server')
    const headerLength = vectors.SERVER_HEADER.length
    const payloadEnd = headerLength + vectors.SERVER_PAYLOAD.length
    const packet = new Uint8Array(payloadEnd + 16)
    packet.set(vectors.SERVER_HEADER)
    packet.set(vectors.SERVER_PAYLOAD, headerLength)
    keys.seal(packet, 0, headerLength - 2, 2, payloadEnd, 1)
    assert.is(toHex(packet), toHex(vectors.SERVER_INITIAL))

    const header = new PacketHeader()
    assert.ok(parsePacketHeader(packet, 0, 0, header))
    assert.ok(keys.unprotectHeader(packet, header))
    assert.is(header.packetNumber, 1)
    assert.is(toHex(keys.open(packet, header)!), toHex(vectors.SERVER_PAYLOAD))
  })

  test('the smallest packet is sealed and opened with ChaCha20 as in RFC 9001 §A.5', () => {
    const keys = new PacketKeys(crypto, CHACHA, CHACHA_SECRET, VERSION_1)
    const packet = new Uint8Array(21)
    packet.set(fromHex('4200bff401'))
    assert.is(keys.seal(packet, 0, 1, 3, 5, 654360564), 21)
    assert.is(toHex(packet), CHACHA_PACKET)

    const header = new PacketHeader()
    assert.ok(parsePacketHeader(packet, 0, 0, header))
    assert.ok(keys.unprotectHeader(packet, header))
    assert.is(header.packetNumber, 49140)
    header.packetNumber = 654360564
    assert.is(toHex(keys.open(packet, header)!), '01')
  })

  test('a packet that is changed in any bit is not opened', () => {
    const sealed = fromHex(CHACHA_PACKET)
    const keys = new PacketKeys(crypto, CHACHA, CHACHA_SECRET, VERSION_1)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const packet = sealed.slice()
      packet[bit >>> 3]! ^= 1 << (bit & 7)
      const header = new PacketHeader()
      if (!parsePacketHeader(packet, 0, 0, header)) continue
      if (!keys.unprotectHeader(packet, header)) continue
      header.packetNumber = 654360564
      assert.is(keys.open(packet, header), undefined, `bit ${bit}`)
    }
  })

  test('a packet too short for a sample is refused', () => {
    const keys = new PacketKeys(crypto, CHACHA, CHACHA_SECRET, VERSION_1)
    const packet = fromHex(CHACHA_PACKET).subarray(0, 20)
    const header = new PacketHeader()
    assert.ok(parsePacketHeader(packet, 0, 0, header))
    assert.not(keys.unprotectHeader(packet, header))
  })

  test('packets in the middle of a datagram are sealed and opened under every suite', () => {
    const suites: readonly CipherSuite[] = cipherSuitesById([0x1301, 0x1302, 0x1303])
    for (const cipherSuite of suites) {
      const secret = new Uint8Array(cipherSuite.hash === 'sha384' ? 48 : 32).fill(7)
      const keys = new PacketKeys(crypto, cipherSuite, secret, VERSION_1)
      const datagram = new Uint8Array(80).fill(0xee)
      datagram.set(fromHex('41aabbccdd1234'), 10)
      const packetNumber = 2 ** 40 + 0x1234
      const end = keys.seal(datagram, 10, 15, 2, 37, packetNumber)
      assert.is(end, 53)
      assert.ok(datagram.subarray(0, 10).every((byte) => byte === 0xee))
      assert.ok(datagram.subarray(53).every((byte) => byte === 0xee))

      const header = new PacketHeader()
      assert.ok(parsePacketHeader(datagram.subarray(0, 53), 10, 4, header))
      assert.ok(keys.unprotectHeader(datagram, header))
      assert.is(header.packetNumber, 0x1234)
      header.packetNumber = packetNumber
      assert.is(toHex(keys.open(datagram, header)!), 'ee'.repeat(20))
    }
  })

  test.run()
}
