import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../src/bytes/index.ts'
import {
  hasReservedBits,
  PacketHeaderProtection,
} from '../../../src/quic/protection/packet-header-protection.ts'
import { PacketHeader, VERSION_1 } from '../../../src/quic/wire/index.ts'
import { type CryptoProvider, INITIAL_SUITE, nodeCrypto } from '../../../src/tls13/index.ts'

const test = suite('PacketHeaderProtection')

const samples: string[] = []
/** Masks with known bytes, so that what is masked can be seen. */
const crypto: CryptoProvider = {
  ...nodeCrypto,
  hmac: nodeCrypto.hmac,
  createHeaderProtection: () => ({
    mask(sample) {
      samples.push(toHex(sample))
      return Uint8Array.of(0xff, 0x11, 0x22, 0x33, 0x44)
    },
  }),
}
const protection = new PacketHeaderProtection(crypto, INITIAL_SUITE, new Uint8Array(32), VERSION_1)
const numbered = (firstByte: number) => {
  const packet = Uint8Array.from({ length: 40 }, (_, i) => i)
  packet[0] = firstByte
  return packet
}

test('the sample begins four bytes behind the start of the packet number, however long it is', () => {
  for (const length of [1, 4]) {
    protection.apply(numbered(0x40), 0, 9, length)
    assert.is(samples.pop(), '0d0e0f101112131415161718191a1b1c')
  }
})

test('four bits of a long header and five of a short one are masked', () => {
  const long = numbered(0xc0)
  protection.apply(long, 0, 9, 2)
  assert.is(long[0], 0xcf)
  const short = numbered(0x40)
  protection.apply(short, 0, 9, 2)
  assert.is(short[0], 0x5f)
})

test('only the bytes of the packet number are masked', () => {
  const packet = numbered(0x41)
  protection.apply(packet, 0, 9, 2)
  const expected = numbered(0x5e)
  expected[9] = 9 ^ 0x11
  expected[10] = 10 ^ 0x22
  assert.is(toHex(packet), toHex(expected))
})

test('what was masked is read into the header', () => {
  // Unmasked: key phase set, a packet number of three bytes.
  const packet = numbered(0x46 ^ 0x1f)
  const header = new PacketHeader()
  header.packetNumberOffset = 9
  header.end = 40
  assert.ok(protection.remove(packet, header))
  assert.is(header.firstByte, 0x46)
  assert.is(packet[0], 0x46)
  assert.is(header.keyPhase, true)
  assert.is(header.packetNumberLength, 3)
  assert.is(header.packetNumber, ((9 ^ 0x11) << 16) | ((10 ^ 0x22) << 8) | (11 ^ 0x33))
})

test('a packet number of four bytes is read without a sign', () => {
  const packet = numbered(0x43 ^ 0x1f)
  packet[9] = 0xff
  const header = new PacketHeader()
  header.packetNumberOffset = 9
  header.end = 29
  assert.ok(protection.remove(packet, header))
  assert.is(header.packetNumber, 0xee283848)
})

test('the bit that is the key phase of a short header is a reserved one of a long header', () => {
  const packet = numbered(0xc4 ^ 0x0f)
  const header = new PacketHeader()
  header.packetNumberOffset = 9
  header.end = 40
  assert.ok(protection.remove(packet, header))
  assert.is(header.keyPhase, false)
  assert.is(hasReservedBits(header), true)
})

test('a packet that ends one byte before its sample does is refused and not touched', () => {
  const packet = numbered(0x40)
  const header = new PacketHeader()
  header.packetNumberOffset = 9
  header.end = 28
  assert.is(protection.remove(packet, header), false)
  assert.is(toHex(packet), toHex(numbered(0x40)))
})

test('the reserved bits are 0x0c of a long header and 0x18 of a short one', () => {
  const header = new PacketHeader()
  const reserved = (firstByte: number) => {
    header.firstByte = firstByte
    return hasReservedBits(header)
  }
  assert.equal([0xc3, 0xf3, 0xc4, 0xc8, 0x67, 0x48, 0x50].map(reserved), [
    false,
    false,
    true,
    true,
    false,
    true,
    true,
  ])
})

test.run()
