import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  PacketHeader,
  PacketType,
  parsePacketHeader,
  readVersionNegotiation,
  writeVersionNegotiation,
} from '../../../src/quic/wire/index.ts'

const test = suite('Version Negotiation')

const read = (datagram: Uint8Array) => {
  const header = new PacketHeader()
  assert.ok(parsePacketHeader(datagram, 0, 8, header))
  assert.is(header.type, PacketType.versionNegotiation)
  return readVersionNegotiation(datagram, header)
}

test('a packet is written as RFC 9000 §17.2.1 draws it', () => {
  const out = new Uint8Array(100)
  const length = writeVersionNegotiation(
    out,
    fromHex('aabb'),
    fromHex('ccddee'),
    [1, 0x6b3343cf],
    0xff,
  )
  assert.is(toHex(out.subarray(0, length)), 'ff0000000002aabb03ccddee000000016b3343cf')
})

test('the random bits leave the first two set', () => {
  const out = new Uint8Array(100)
  writeVersionNegotiation(out, fromHex(''), fromHex(''), [1], 0x00)
  assert.is(out[0], 0xc0)
})

test('versions are read, with connection ids of any length', () => {
  const longId = 'ab'.repeat(255)
  assert.equal(
    read(fromHex(`8000000000ff${longId}ff${longId}1a2a3a4aff00001d`)),
    [0x1a2a3a4a, 0xff00001d],
  )
})

test('an empty list and a broken one are nothing', () => {
  assert.is(read(fromHex('80000000000000')), undefined)
  assert.is(read(fromHex('8000000000000000000001aa')), undefined)
})

test('a datagram that is a view into a larger buffer is read in its own bounds', () => {
  const buffer = fromHex('ffffff8000000000000000000001eeeeeeee')
  assert.equal(read(buffer.subarray(3, 14)), [1])
})

test.run()
