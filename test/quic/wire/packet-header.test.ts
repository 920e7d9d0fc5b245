import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import {
  isLongHeader,
  PacketHeader,
  PacketType,
  parsePacketHeader,
  patchLength,
  VERSION_1,
  writeLongHeader,
  writeShortHeader,
} from '../../../src/quic/wire/index.ts'
import * as vectors from '../rfc9001-vectors.ts'

const test = suite('packet headers')

const NONE = new Uint8Array(0)
const parse = (datagram: Uint8Array, offset = 0, cidLength = 8) => {
  const header = new PacketHeader()
  return parsePacketHeader(datagram, offset, cidLength, header) ? header : undefined
}

test('the client Initial of RFC 9001 §A.2 is read', () => {
  const header = parse(vectors.CLIENT_INITIAL)!
  assert.is(header.type, PacketType.initial)
  assert.is(header.version, 1)
  assert.is(header.firstByte, 0xc0)
  assert.is(toHex(header.destinationConnectionId), '8394c8f03e515708')
  assert.is(header.sourceConnectionId.length, 0)
  assert.is(header.token.length, 0)
  assert.is(header.start, 0)
  assert.is(header.packetNumberOffset, 18)
  assert.is(header.end, 1200)
})

test('the server Initial of RFC 9001 §A.3 is read', () => {
  const header = parse(vectors.SERVER_INITIAL)!
  assert.is(header.type, PacketType.initial)
  assert.is(header.destinationConnectionId.length, 0)
  assert.is(toHex(header.sourceConnectionId), 'f067a5502a4262b5')
  assert.is(header.packetNumberOffset, 18)
  assert.is(header.end, vectors.SERVER_INITIAL.length)
})

test('the headers of RFC 9001 §A.2 and §A.3 are written', () => {
  const writer = new Writer(new Uint8Array(50))
  const at = writeLongHeader(
    writer,
    PacketType.initial,
    VERSION_1,
    vectors.CLIENT_DCID,
    NONE,
    NONE,
    2,
    4,
  )
  patchLength(writer.bytes, at, 1182)
  assert.is(toHex(writer.written()), toHex(vectors.CLIENT_HEADER))

  const server = new Writer(new Uint8Array(50))
  const scid = fromHex('f067a5502a4262b5')
  patchLength(
    server.bytes,
    writeLongHeader(server, PacketType.initial, VERSION_1, NONE, scid, NONE, 1, 2),
    117,
  )
  assert.is(toHex(server.written()), toHex(vectors.SERVER_HEADER))
})

test('the token is in an Initial only', () => {
  const token = fromHex('abcdef')
  const write = (type: PacketType) => {
    const writer = new Writer(new Uint8Array(50))
    writeLongHeader(writer, type, VERSION_1, fromHex('11'), fromHex('2222'), token, 0x12345678, 3)
    return toHex(writer.written())
  }
  assert.is(write(PacketType.initial), 'c20000000101110222' + '2203abcdef0000345678')
  assert.is(write(PacketType.zeroRtt), 'd200000001011102222200' + '00345678')
  assert.is(write(PacketType.handshake), 'e200000001011102222200' + '00345678')
})

test('coalesced packets are read one after the other', () => {
  const datagram = concatBytes([
    fromHex('c0 00000001 01 11 01 22 02 abcd 4005 0102030405'),
    fromHex('d0 00000001 01 11 01 22 03 010203'),
    fromHex('e0 00000001 01 11 01 22 04 01020304'),
    fromHex('40 11 0102'),
  ])
  const header = new PacketHeader()
  const seen: unknown[] = []
  for (let at = 0; at < datagram.length; at = header.end) {
    assert.ok(parsePacketHeader(datagram, at, 1, header))
    const number = toHex(datagram.subarray(header.packetNumberOffset, header.end))
    seen.push([header.type, header.start, toHex(header.token), number])
    assert.is(toHex(header.destinationConnectionId), '11')
    assert.is(toHex(header.sourceConnectionId), header.type === PacketType.oneRtt ? '' : '22')
  }
  assert.equal(seen, [
    [PacketType.initial, 0, 'abcd', '0102030405'],
    [PacketType.zeroRtt, 19, '', '010203'],
    [PacketType.handshake, 32, '', '01020304'],
    [PacketType.oneRtt, 46, '', '0102'],
  ])
})

test('a short header is written as RFC 9000 §17.3 draws it', () => {
  const write = (packetNumber: number, length: number, keyPhase: boolean, spin?: boolean) => {
    const writer = new Writer(new Uint8Array(20))
    writeShortHeader(writer, fromHex('aabb'), packetNumber, length, keyPhase, spin)
    return toHex(writer.written())
  }
  assert.is(write(0x1234, 1, false), '40aabb34')
  assert.is(write(0x1234, 2, true), '45aabb1234')
  assert.is(write(0x1234, 3, false, true), '62aabb001234')
  assert.is(write(2 ** 40 + 0x89abcdef, 4, true, true), '67aabb89abcdef')
})

test('the first bit tells long headers', () => {
  assert.ok(isLongHeader(0x80))
  assert.not(isLongHeader(0x7f))
})

test('a packet without the fixed bit is dropped', () => {
  assert.is(parse(fromHex('00aabbccddeeff0011')), undefined)
  assert.is(parse(fromHex('80 00000001 00 00 00 01 05')), undefined)
})

test('a truncated header is dropped at every byte', () => {
  const whole = fromHex('c0 00000001 03 111111 02 2222 42ab')
  const initial = concatBytes([whole, new Uint8Array(0x2ab), fromHex('8000000401020304')])
  assert.ok(parse(initial))
  for (let length = 0; length < initial.length; length++)
    assert.is(parse(initial.subarray(0, length)), undefined, `${length} bytes`)
  const short = fromHex('40 1122334455667788')
  assert.ok(parse(short))
  for (let length = 0; length < short.length; length++)
    assert.is(parse(short.subarray(0, length)), undefined, `${length} bytes`)
})

test('lengths up to 2^62-1 beyond the datagram are dropped', () => {
  assert.is(parse(fromHex('e0 00000001 00 00 ffffffffffffffff 01')), undefined)
  assert.is(parse(fromHex('c0 00000001 00 00 ffffffffffffffff 01')), undefined)
  assert.is(parse(fromHex('e0 00000001 00 00 02 01')), undefined)
})

test('connection ids of version 1 have at most 20 bytes', () => {
  const packet = (dcid: number, scid: number) =>
    concatBytes([
      fromHex('e000000001'),
      Uint8Array.of(dcid),
      new Uint8Array(dcid),
      Uint8Array.of(scid),
      new Uint8Array(scid),
      fromHex('0100'),
    ])
  assert.ok(parse(packet(20, 20)))
  assert.is(parse(packet(21, 0)), undefined)
  assert.is(parse(packet(0, 21)), undefined)
})

test('an unknown version gives its connection ids, of up to 255 bytes and without a fixed bit', () => {
  const dcid = new Uint8Array(255).fill(1)
  const scid = new Uint8Array(255).fill(2)
  const length = Uint8Array.of(255)
  const datagram = concatBytes([fromHex('ffff1a2a3a4a'), length, dcid, length, scid, dcid])
  datagram[1] = 0x8f
  const header = parse(datagram, 1)!
  assert.is(header.type, PacketType.unknown)
  assert.is(header.version, 0x1a2a3a4a)
  assert.is(toHex(header.destinationConnectionId), toHex(dcid))
  assert.is(toHex(header.sourceConnectionId), toHex(scid))
  assert.is(header.end, datagram.length)
})

test('version 2 is not spoken yet', () => {
  const header = parse(fromHex('d0 6b3343cf 00 00 00 01 05'))!
  assert.is(header.type, PacketType.unknown)
  assert.is(header.version, 0x6b3343cf)
})

test('nothing of the packet before is left in the header', () => {
  const header = new PacketHeader()
  assert.ok(parsePacketHeader(fromHex('c0 00000001 00 01 22 02 abcd 01 05'), 0, 0, header))
  header.packetNumber = 7
  header.packetNumberLength = 2
  header.keyPhase = true
  assert.ok(parsePacketHeader(fromHex('40 0102'), 0, 0, header))
  assert.equal(
    [header.token.length, header.sourceConnectionId.length, header.version, header.packetNumber],
    [0, 0, 0, 0],
  )
  assert.is(header.packetNumberLength, 0)
  assert.is(header.keyPhase, false)
})

test('random datagrams never throw, and what is taken lies within them', () => {
  let state = 11
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const header = new PacketHeader()
  const taken = new Map<PacketType, number>()
  for (let round = 0; round < 20_000; round++) {
    const datagram = Uint8Array.from({ length: random(80) }, () =>
      random(random(4) === 0 ? 256 : 10),
    )
    const offset = random(4)
    if (datagram.length > 10 && random(4) > 0)
      datagram.set([0x80 | random(128), 0, 0, 0, 1], offset)
    else if (datagram.length > offset) datagram[offset]! |= 0x40
    if (!parsePacketHeader(datagram, offset, random(21), header)) continue
    taken.set(header.type, (taken.get(header.type) ?? 0) + 1)
    assert.is(header.start, offset)
    assert.ok(header.packetNumberOffset > offset)
    assert.ok(header.packetNumberOffset <= header.end)
    assert.ok(header.end <= datagram.length)
  }
  for (const type of [0, 1, 2, 3, 4] as const) assert.ok(taken.get(type)! > 50, `type ${type}`)
})

test('a length that two bytes do not hold is refused', () => {
  assert.throws(() => patchLength(new Uint8Array(2), 0, 0x4000), RangeError)
})

test.run()
