import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { TlsAlertError } from '../../../src/tls13/index.ts'
import { decodeClientHello, encodeClientHello } from '../../../src/tls13/messages/client-hello.ts'
import { traces } from '../key-schedule/rfc8448.ts'
import { assertAlert, splitMessages } from '../support.ts'
import { block, eachPrefix } from './codec-support.ts'

const test = suite('ClientHello')

const RANDOM = '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f'

/** Version, random, no session id, one suite, null compression. */
const START = fromHex(`0303${RANDOM}00 0002 1301 01 00`)

const decode = (...extensions: readonly (readonly [number, string])[]) =>
  decodeClientHello(concatBytes([START, block(...extensions)]))

test('the ClientHello of RFC 8448 §3 is read', () => {
  const hello = decodeClientHello(fromHex(traces.simple.clientHello).subarray(4))
  assert.is(hello.serverName, 'server')
  assert.equal(hello.cipherSuites, [0x1301, 0x1303, 0x1302])
  assert.equal(hello.supportedVersions, [0x0304])
  assert.equal(hello.groups, [0x1d, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104])
  assert.is(hello.signatureAlgorithms!.length, 15)
  assert.is(hello.keyShares!.length, 1)
  assert.is(hello.keyShares![0]!.group, 0x1d)
  assert.is(
    toHex(hello.keyShares![0]!.publicKey),
    '99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c',
  )
  assert.is(hello.alpn, undefined)
  assert.is(hello.transportParameters, undefined)
})

test('what is written is read as it was', () => {
  const [message] = splitMessages(
    encodeClientHello({
      random: fromHex(RANDOM),
      cipherSuites: [0x1303, 0x1301],
      serverName: 'example.org',
      groups: [0x17, 0x1d],
      signatureAlgorithms: [0x0403],
      alpn: ['h3', 'hq-interop'],
      keyShares: [{ group: 0x17, publicKey: fromHex('0401') }],
      cookie: fromHex('0002abcd'),
      transportParameters: fromHex('0f00'),
    }),
  )
  assert.is(message!.type, 1)
  const hello = decodeClientHello(message!.body)
  assert.is(toHex(hello.random), RANDOM)
  assert.is(hello.legacySessionId.length, 0)
  assert.equal(hello.cipherSuites, [0x1303, 0x1301])
  assert.is(toHex(hello.compressionMethods), '00')
  assert.is(hello.serverName, 'example.org')
  assert.equal(hello.groups, [0x17, 0x1d])
  assert.equal(hello.signatureAlgorithms, [0x0403])
  assert.equal(hello.supportedVersions, [0x0304])
  assert.equal(hello.alpn, ['h3', 'hq-interop'])
  assert.is(toHex(hello.keyShares![0]!.publicKey), '0401')
  assert.is(toHex(hello.extensions.get(44)!), '0002abcd')
  assert.is(toHex(hello.transportParameters!), '0f00')
})

test('unknown and GREASE extensions are passed over', () => {
  const hello = decode([0x0a0a, ''], [0xfafa, '00'], [0x4469, '0003026832'], [16, '0003026833'])
  assert.equal(hello.alpn, ['h3'])
})

test('a ClientHello of TLS 1.2 without extensions is read', () => {
  assert.is(decodeClientHello(START).supportedVersions, undefined)
})

test('a ClientHello that is cut short anywhere is a decode_error', () => {
  const bytes = fromHex(traces.simple.clientHello).subarray(4)
  const withoutExtensions = 2 + 32 + 1 + 2 + 6 + 1 + 1
  eachPrefix(bytes, (prefix) => {
    if (prefix.length !== withoutExtensions) assertAlert(50, () => decodeClientHello(prefix))
  })
})

test('bytes behind the extensions are a decode_error', () => {
  const bytes = concatBytes([fromHex(traces.simple.clientHello).subarray(4), Uint8Array.of(0)])
  assertAlert(50, () => decodeClientHello(bytes))
})

test('an extension that comes twice is an illegal_parameter, known or not', () => {
  assertAlert(47, () => decode([16, '0003026833'], [16, '0003026833']))
  assertAlert(47, () => decode([0x39, ''], [0x1a1a, ''], [0x39, '']))
  assertAlert(47, () => decode([0x1a1a, ''], [0x1a1a, '']))
})

const MALFORMED: readonly (readonly [string, number, string])[] = [
  ['server_name with an empty list', 0, '0000'],
  ['server_name with an empty name', 0, '0003000000'],
  ['server_name with a byte too many', 0, '0004000001616100'],
  ['supported_groups with an odd length', 10, '00030017ff'],
  ['supported_groups that is empty', 10, '0000'],
  ['signature_algorithms that is empty', 13, '0000'],
  ['signature_algorithms_cert that is empty', 50, '0000'],
  ['ALPN that is empty', 16, '0000'],
  ['ALPN with an empty name', 16, '000100'],
  ['ALPN with a name past its list', 16, '0002026833'],
  ['supported_versions that is empty', 43, '00'],
  ['supported_versions with an odd length', 43, '03030403'],
  ['key_share with an empty key', 51, '0004001d0000'],
  ['key_share with a key past its list', 51, '0004001d0020'],
  ['cookie that is empty', 44, '0000'],
  ['psk_key_exchange_modes that is empty', 45, '00'],
]

for (const [name, type, value] of MALFORMED) {
  test(`${name} is a decode_error`, () => {
    assertAlert(50, () => decode([type, value]))
  })
}

test('two host names are an illegal_parameter, names of unknown types are not', () => {
  assertAlert(47, () => decode([0, '0008000001610000 0162']))
  assert.is(decode([0, '000807000161 00000162']).serverName, 'b')
})

test('a host name that is not ASCII is an illegal_parameter', () => {
  for (const byte of ['00', '20', '7f', 'c3'])
    assertAlert(47, () => decode([0, `00040000 01${byte}`]))
})

test('a protocol name may be any bytes', () => {
  assert.equal(decode([16, '00030200ff']).alpn, ['\x00\xff'])
})

test('an empty key_share is read: it asks for a retry', () => {
  assert.equal(decode([51, '0000']).keyShares, [])
})

test('pre_shared_key must be the last extension and must come with its modes', () => {
  assertAlert(47, () => decode([45, '0101'], [41, '00'], [16, '0003026833']))
  assertAlert(109, () => decode([41, '00']))
  assert.ok(decode([45, '0101'], [41, '00']).extensions.has(41))
})

test('a session id of more than 32 bytes is a decode_error', () => {
  const id = '00'.repeat(33)
  assertAlert(50, () => decodeClientHello(fromHex(`0303${RANDOM}21${id}0002 1301 0100`)))
})

test('a ClientHello without a suite or a compression method is a decode_error', () => {
  assertAlert(50, () => decodeClientHello(fromHex(`0303${RANDOM}00 0000 0100`)))
  assertAlert(50, () => decodeClientHello(fromHex(`0303${RANDOM}00 0002 1301 00`)))
})

test('alerts are TlsAlertErrors with a message for people', () => {
  try {
    decodeClientHello(new Uint8Array(3))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TlsAlertError)
    assert.match((error as Error).message, /ClientHello is cut short/)
  }
})

test.run()
