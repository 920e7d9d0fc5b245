import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, Reader, toHex, Writer } from '../../../src/bytes/index.ts'
import { TransportError, TransportErrorCode } from '../../../src/quic/errors.ts'
import {
  decodeTransportParameters,
  encodeTransportParameters,
  type TransportParameters,
} from '../../../src/quic/wire/index.ts'
import { MAX_TRANSPORT_PARAMETERS } from '../../../src/quic/wire/limits.ts'

const test = suite('transport parameters')

/** RFC 9000 §18.2. */
const DEFAULTS: TransportParameters = {
  maxIdleTimeout: 0,
  maxUdpPayloadSize: 65527,
  initialMaxData: 0,
  initialMaxStreamDataBidiLocal: 0,
  initialMaxStreamDataBidiRemote: 0,
  initialMaxStreamDataUni: 0,
  initialMaxStreamsBidi: 0,
  initialMaxStreamsUni: 0,
  ackDelayExponent: 3,
  maxAckDelay: 25,
  disableActiveMigration: false,
  activeConnectionIdLimit: 2,
}
const TOKEN = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'
const PREFERRED = `7f000001 1151 ${'00'.repeat(15)}01 1152 04 c1c2c3c4 ${TOKEN}`

/** Id, value; the length is put between. */
const parameter = (id: string, value: string) => {
  const bytes = fromHex(value)
  const writer = Writer.growable()
  writer.varint(bytes.length)
  return concatBytes([fromHex(id), writer.written(), bytes])
}
const decode = (bytes: Uint8Array, fromServer = true) =>
  decodeTransportParameters(bytes, fromServer)
const decodeHex = (hex: string, fromServer = true) => decode(fromHex(hex), fromServer)

const refuses = (bytes: Uint8Array, fromServer = true) => {
  try {
    decode(bytes, fromServer)
  } catch (error) {
    assert.instance(error, TransportError, `${toHex(bytes)}: ${error}`)
    if (error instanceof TransportError)
      assert.is(error.code, TransportErrorCode.transportParameterError)
    return
  }
  assert.unreachable(`${toHex(bytes)} was taken`)
}

test('the parameters of the ClientHello in RFC 9001 §A.2 are read', () => {
  const parameters = decodeHex(
    `0408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e515708
     06048000ffff`,
    false,
  )
  assert.is(toHex(parameters.initialSourceConnectionId!), '8394c8f03e515708')
  delete parameters.initialSourceConnectionId
  assert.equal(parameters, {
    ...DEFAULTS,
    maxIdleTimeout: 30000,
    initialMaxData: Number.MAX_SAFE_INTEGER,
    initialMaxStreamDataBidiLocal: 0xffff,
    initialMaxStreamDataBidiRemote: 0xffff,
    initialMaxStreamDataUni: 0xffff,
    initialMaxStreamsBidi: 16,
    initialMaxStreamsUni: 16,
  })
})

test('what is absent has its default, and what has its default is not written', () => {
  assert.equal(decode(new Uint8Array(0)), DEFAULTS)
  assert.is(encodeTransportParameters(DEFAULTS).length, 0)
})

test('every parameter is written with its number in RFC 9000 §18.2', () => {
  const encoded = encodeTransportParameters({
    originalDestinationConnectionId: fromHex('aa'),
    maxIdleTimeout: 1,
    statelessResetToken: fromHex(TOKEN),
    maxUdpPayloadSize: 1200,
    initialMaxData: 2,
    initialMaxStreamDataBidiLocal: 3,
    initialMaxStreamDataBidiRemote: 4,
    initialMaxStreamDataUni: 5,
    initialMaxStreamsBidi: 6,
    initialMaxStreamsUni: 7,
    ackDelayExponent: 8,
    maxAckDelay: 9,
    disableActiveMigration: true,
    preferredAddress: {
      ipv4Address: fromHex('7f000001'),
      ipv4Port: 4433,
      ipv6Address: fromHex(`${'00'.repeat(15)}01`),
      ipv6Port: 4434,
      connectionId: fromHex('c1c2c3c4'),
      statelessResetToken: fromHex(TOKEN),
    },
    activeConnectionIdLimit: 4,
    initialSourceConnectionId: fromHex('bbbb'),
    retrySourceConnectionId: fromHex(''),
  })
  const values: [number, string][] = []
  const reader = new Reader(encoded)
  while (reader.remaining > 0) values.push([reader.varint(), toHex(reader.view(reader.varint()))])
  values.sort(([a], [b]) => a - b)
  assert.equal(values, [
    [0x00, 'aa'],
    [0x01, '01'],
    [0x02, TOKEN],
    [0x03, '44b0'],
    [0x04, '02'],
    [0x05, '03'],
    [0x06, '04'],
    [0x07, '05'],
    [0x08, '06'],
    [0x09, '07'],
    [0x0a, '08'],
    [0x0b, '09'],
    [0x0c, ''],
    [0x0d, PREFERRED.replaceAll(' ', '')],
    [0x0e, '04'],
    [0x0f, 'bbbb'],
    [0x10, ''],
  ])
})

test('a reserved parameter is made of random bytes (RFC 9000 §18.1)', () => {
  const encoded = encodeTransportParameters(DEFAULTS, fromHex('0102 beef'))
  const reader = new Reader(encoded)
  assert.is(reader.varint(), 31 * 0x0102 + 27)
  assert.is(toHex(reader.view(reader.varint())), 'beef')
  assert.is(reader.remaining, 0)
  assert.equal(decode(encoded), DEFAULTS)
})

test('a preferred address is read', () => {
  const { preferredAddress } = decode(parameter('0d', PREFERRED))
  assert.is(toHex(preferredAddress!.ipv4Address), '7f000001')
  assert.is(preferredAddress!.ipv4Port, 4433)
  assert.is(toHex(preferredAddress!.ipv6Address), `${'00'.repeat(15)}01`)
  assert.is(preferredAddress!.ipv6Port, 4434)
  assert.is(toHex(preferredAddress!.connectionId), 'c1c2c3c4')
  assert.is(toHex(preferredAddress!.statelessResetToken), TOKEN)
})

test('a preferred address of another length, or with an illegal connection id, is refused', () => {
  const bytes = toHex(fromHex(PREFERRED))
  for (let length = 0; length < bytes.length; length += 2)
    refuses(parameter('0d', bytes.slice(0, length)))
  refuses(parameter('0d', `${bytes}00`))
  const addresses = '00'.repeat(24)
  refuses(parameter('0d', `${addresses}00${TOKEN}`))
  refuses(parameter('0d', `${addresses}15${'cc'.repeat(21)}${TOKEN}`))
})

test('unknown parameters are passed over', () => {
  assert.equal(decodeHex('1b 03 010203 4040 00 01 01 05'), { ...DEFAULTS, maxIdleTimeout: 5 })
})

test('a parameter that comes twice is refused, known or not', () => {
  refuses(fromHex('010105 010105'))
  refuses(fromHex('0c00 010105 0c00'))
  refuses(fromHex('1b00 1b00'))
  refuses(fromHex('010105 4001 0105'))
})

test('reserved parameters above 2^53 may come together', () => {
  assert.equal(decodeHex('e000000000000000 00 e000000000000001 00'), DEFAULTS)
})

test('more parameters than the cap are refused', () => {
  const many = (count: number) => {
    const writer = Writer.growable()
    for (let i = 0; i < count; i++) {
      writer.varint(1000 + i)
      writer.varint(0)
    }
    return writer.written()
  }
  assert.equal(decode(many(MAX_TRANSPORT_PARAMETERS)), DEFAULTS)
  refuses(many(MAX_TRANSPORT_PARAMETERS + 1))
})

test('parameters of a server are refused from a client', () => {
  for (const [id, value] of [
    ['00', 'aa'],
    ['02', TOKEN],
    ['0d', PREFERRED],
    ['10', 'aa'],
  ] as const) {
    assert.ok(decode(parameter(id, value)))
    refuses(parameter(id, value), false)
  }
})

test('illegal values are refused, the ones next to them are taken', () => {
  const cases: readonly [id: string, bad: string, good: string][] = [
    ['03', '44af', '44b0'],
    ['0a', '15', '14'],
    ['0b', '80004000', '7fff'],
    ['0e', '01', '02'],
    ['08', 'd000000000000001', 'd000000000000000'],
    ['09', 'ffffffffffffffff', 'd000000000000000'],
    ['02', TOKEN.slice(2), TOKEN],
    ['02', `${TOKEN}00`, TOKEN],
    ['00', 'aa'.repeat(21), 'aa'.repeat(20)],
    ['0f', 'aa'.repeat(21), ''],
    ['10', 'aa'.repeat(21), ''],
    ['0c', '00', ''],
    ['01', '', '00'],
    ['01', '0000', '4000'],
    ['04', '40', '4040'],
  ]
  for (const [id, bad, good] of cases) {
    refuses(parameter(id, bad))
    assert.ok(decode(parameter(id, good)))
  }
})

test('a value that ends outside its own length is refused, even if bytes follow', () => {
  refuses(fromHex('04 01 80 00 00 00'))
  refuses(fromHex('02 0f a0a1a2a3a4a5a6a7a8a9aaabacadae 0c 00'))
})

test('a truncated list is refused', () => {
  refuses(fromHex('04'))
  refuses(fromHex('40'))
  refuses(fromHex('04 02 40'))
  refuses(fromHex('1b ffffffffffffffff 00'))
})

test('random bytes throw nothing but TransportError', () => {
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let taken = 0
  for (let round = 0; round < 20_000; round++) {
    const writer = new Writer(new Uint8Array(80))
    for (let i = random(4); i >= 0; i--) {
      writer.u8(random(0x12))
      const length = random(10)
      writer.u8(random(8) === 0 ? random(256) : length)
      for (let n = 0; n < length; n++) writer.u8(random(2) === 0 ? random(256) : random(32))
    }
    try {
      decodeTransportParameters(writer.written(), random(2) === 0)
      taken++
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    }
  }
  assert.ok(taken > 100 && taken < 20_000)
})

test.run()
