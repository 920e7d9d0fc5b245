import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import {
  type Field,
  QPACK_DECODER_STREAM_ERROR,
  QpackDecoder,
  QpackEncoder,
  QpackError,
} from '../../src/qpack/index.ts'
import { random } from './random.ts'

const test = suite('qpack/encoder')

function open(capacity: number, blocked: number) {
  const encoder = new QpackEncoder({ maxTableCapacity: 65536 })
  encoder.setPeerLimits(capacity, blocked)
  return {
    encoder,
    encode: (streamId: number, ...fields: Field[]) => toHex(encoder.encode(streamId, fields)),
    /** What goes out on the encoder stream. */
    out: () => toHex(encoder.takeEncoderStream() ?? new Uint8Array(0)),
    receive: (hex: string) => encoder.receiveDecoderStream(fromHex(hex)),
  }
}

const isStreamError = (error: unknown): boolean =>
  error instanceof QpackError && error.code === QPACK_DECODER_STREAM_ERROR

const authority: Field = { name: ':authority', value: 'www.example.com' }
const path: Field = { name: ':path', value: '/sample/path' }
const custom: Field = { name: 'custom-key', value: 'custom-value' }
/** RFC 9204 appendix B.2, with the strings in the Huffman code of RFC 7541. */
const INSERT_AUTHORITY = 'c08cf1e3c2e5f23a6ba0ab90f4ff'
const INSERT_PATH = 'c1896103a6ba0ac5634cff'
const INSERT_CUSTOM = '6825a849e95ba97d7f8925a849e95bb8e8b4bf'
const LITERAL_CUSTOM = '2f0125a849e95ba97d7f8925a849e95bb8e8b4bf'

test('before the SETTINGS only the static table is used', () => {
  const encoder = new QpackEncoder({ maxTableCapacity: 4096 })
  // RFC 9204 appendix B.1, with its string in Huffman code
  const section = encoder.encode(0, [{ name: ':path', value: '/index.html' }])
  assert.is(toHex(section), '0000518860d5485f2bce9a68')
  for (let i = 0; i < 3; i++) encoder.encode(4, [custom])
  assert.is(encoder.takeEncoderStream(), undefined)
})

test('with no capacity allowed there is no encoder stream', () => {
  const { encode, out } = open(0, 100)
  for (let i = 0; i < 3; i++) assert.is(encode(4 * i, custom), `0000${LITERAL_CUSTOM}`)
  assert.is(out(), '')
})

test('the exchange of RFC 9204 appendix B.2 is made', () => {
  const { encode, out, receive } = open(220, 100)
  // a path is inserted when it is seen again
  encode(0, path)
  assert.is(encode(4, authority, path), '03811011')
  assert.is(out(), `3fbd01${INSERT_AUTHORITY}${INSERT_PATH}`)
  receive('84')
  // both are known and below the Base now
  assert.is(encode(8, authority, path), '03008180')
  assert.is(out(), '')
})

test('what the peer has not acknowledged is not referred to where no stream may block', () => {
  const { encode, out, receive } = open(220, 0)
  assert.is(encode(0, custom), `0000${LITERAL_CUSTOM}`)
  assert.is(out(), '')
  // the second time it is inserted, for later
  assert.is(encode(4, custom), `0000${LITERAL_CUSTOM}`)
  assert.is(out(), `3fbd01${INSERT_CUSTOM}`)
  assert.is(encode(8, custom), `0000${LITERAL_CUSTOM}`)
  receive('01')
  assert.is(encode(12, custom), '020080')
  assert.is(out(), '')
})

test('no more streams are put at risk than the peer allows', () => {
  const { encode, receive } = open(220, 2)
  assert.is(encode(0, custom), '028010')
  assert.is(encode(4, custom), '020080')
  assert.is(encode(8, custom), `0000${LITERAL_CUSTOM}`)
  // a stream at risk already may have more
  assert.is(encode(4, custom), '020080')
  receive('48')
  assert.is(encode(8, custom), `0000${LITERAL_CUSTOM}`)
  receive('44')
  assert.is(encode(8, custom), '020080')
  receive('80')
  assert.is(encode(12, custom), '020080')
  assert.is(encode(16, custom), '020080')
})

test('sensitive fields stay out of the table and carry the N bit', () => {
  const { encode, out } = open(4096, 100)
  for (let i = 0; i < 3; i++) {
    assert.is(encode(4 * i, { name: ':path', value: '302', sensitive: true }), '000071826402')
    assert.is(encode(4 * i, { ...custom, sensitive: true }), `00003${LITERAL_CUSTOM.slice(1)}`)
    // even where the static table has all of it
    assert.is(encode(4 * i, { name: ':method', value: 'GET', sensitive: true }), '00007f0003474554')
    assert.is(out(), '')
  }
})

test('credentials and short secrets stay out of the table and carry the N bit', () => {
  const decoder = new QpackDecoder({
    maxTableCapacity: 4096,
    maxBlockedStreams: 0,
    maxFieldSectionSize: 4096,
  })
  for (const [name, value] of [
    ['authorization', `Bearer ${'x'.repeat(64)}`],
    ['proxy-authorization', 'Basic eDp5'],
    ['cookie', 'pin=1234'],
    ['set-cookie', 'pin=1234'],
  ] as const) {
    const { encoder, out } = open(4096, 100)
    for (let i = 0; i < 3; i++) {
      const fields = decoder.decode(0, encoder.encode(4 * i, [{ name, value }]))
      assert.equal(fields, [{ name, value, sensitive: true }])
    }
    assert.is(out(), '')
  }
})

test('a guess at a secret is as long when it is right as when it is wrong', () => {
  const { encode, out } = open(4096, 100)
  for (let i = 0; i < 5; i++) encode(4 * i, { name: 'cookie', value: 'pin=1234' })
  const right = encode(20, { name: 'cookie', value: 'pin=1234' })
  const wrong = encode(24, { name: 'cookie', value: 'pin=4321' })
  assert.is(right.length, wrong.length)
  assert.is(out(), '')
})

test('a long cookie is indexed', () => {
  const { encode } = open(4096, 100)
  const cookie = { name: 'cookie', value: 'session=0123456789abcdef0123456789abcdef' }
  encode(0, cookie)
  assert.is(encode(4, cookie), '020080')
})

test('a field that comes once does not push out those that come again', () => {
  const { encode, receive } = open(220, 100)
  encode(0, custom)
  encode(4, { name: 'x-other', value: 'something longer' })
  receive('8084')
  for (let i = 2; i < 200; i++) encode(8, { name: 'x-other', value: `${i}`.repeat(20) })
  assert.is(encode(12, custom).length, '020080'.length)
})

test('a field of volatile kind is inserted when it comes again', () => {
  const { encode, out } = open(220, 100)
  encode(0, path)
  assert.is(out(), '')
  encode(4, path)
  assert.is(out(), `3fbd01${INSERT_PATH}`)
})

test('without acknowledgments the table fills up once and then stays', () => {
  const { encode, encoder } = open(4096, 100)
  let instructions = 0
  for (let i = 0; i < 5000; i++) {
    const field = { name: `x-${i >> 1}`, value: 'v'.repeat(20) }
    encode(4 * i, field)
    instructions += encoder.takeEncoderStream()?.length ?? 0
  }
  assert.ok(instructions > 500 && instructions < 4096)
})

test('sections that are never acknowledged are limited', () => {
  const { encode, receive } = open(4096, 100)
  encode(0, custom)
  receive('01')
  // one and 1023 more are outstanding
  for (let i = 1; i < 1024; i++) assert.is(encode(4 * i, custom), '020080')
  assert.is(encode(4096, custom), `0000${LITERAL_CUSTOM}`)
  receive('80')
  assert.is(encode(4096, custom), '020080')
})

test('of the blocked streams that a peer allows no more than ours are used', () => {
  const { encode } = open(4096, 1_000_000)
  for (let i = 0; i < 128; i++) assert.ok(encode(4 * i, custom).startsWith('02'))
  assert.is(encode(512, custom), `0000${LITERAL_CUSTOM}`)
})

test('instructions that are not taken are limited', () => {
  const encoder = new QpackEncoder({ maxTableCapacity: 2 ** 20 })
  encoder.setPeerLimits(2 ** 20, 100)
  for (let i = 0; i < 2000; i++)
    encoder.encode(0, [{ name: `x-${i}`, value: `${i}-${'abcd'.repeat(10)}` }])
  const pending = encoder.takeEncoderStream()!.length
  assert.ok(pending > 12_000 && pending <= 16_384)
  encoder.encode(4, [{ name: 'x-more', value: 'v' }])
  assert.ok(encoder.takeEncoderStream() !== undefined)
})

test('acknowledgments may be split anywhere', () => {
  const { encode, receive } = open(4096, 100)
  encode(1000, custom)
  // stream 1000: 127, then 873 in two bytes
  receive('ff')
  receive('e9')
  receive('06')
  assert.throws(() => receive('ffe906'), isStreamError)
})

test('an increment of 0 or beyond what was inserted is refused', () => {
  for (const hex of ['00', '02', '3fff7f', `3f${'ff'.repeat(8)}3f`]) {
    const { encode, receive } = open(4096, 100)
    encode(0, custom)
    assert.throws(() => receive(hex), isStreamError, hex)
  }
  const { encode, receive } = open(4096, 100)
  encode(0, custom)
  receive('01')
  assert.throws(() => receive('01'), isStreamError)
})

test('an acknowledgment of a section that there is not is refused', () => {
  const { encode, receive } = open(4096, 100)
  encode(0, custom)
  encode(4, { name: ':method', value: 'GET' })
  assert.throws(() => receive('84'), isStreamError)
  const other = open(4096, 100)
  other.encode(0, custom)
  other.receive('80')
  assert.throws(() => other.receive('80'), isStreamError)
})

test('an integer of more than 62 bits on the decoder stream is refused', () => {
  for (const first of ['ff', '7f', '3f'])
    assert.throws(() => open(4096, 100).receive(first + 'ff'.repeat(9)), isStreamError)
})

test('cancellations of streams without a section are fine, though not without end', () => {
  const { encode, receive } = open(4096, 100)
  const flood = '40'.repeat(4096)
  receive(flood)
  encode(0, { name: ':method', value: 'GET' })
  receive(flood)
  assert.throws(() => receive('40'), isStreamError)
})

test('a peer that changes the capacity it has promised is refused', () => {
  const encoder = new QpackEncoder({ maxTableCapacity: 4096 })
  encoder.setPeerLimits(0, 0)
  encoder.setPeerLimits(4096, 100)
  encoder.setPeerLimits(4096, 50)
  assert.throws(() => encoder.setPeerLimits(8192, 100), isStreamError)
  assert.throws(() => encoder.setPeerLimits(0, 100), isStreamError)
})

test('of a larger capacity only ours is used, while the prefix counts in theirs', () => {
  const encoder = new QpackEncoder({ maxTableCapacity: 220 })
  encoder.setPeerLimits(4096, 100)
  let section = encoder.encode(0, [custom])
  assert.is(toHex(encoder.takeEncoderStream()!), `3fbd01${INSERT_CUSTOM}`)
  const decoder = new QpackDecoder({
    maxTableCapacity: 4096,
    maxBlockedStreams: 0,
    maxFieldSectionSize: 4096,
  })
  decoder.receiveEncoderStream(fromHex(`3fbd01${INSERT_CUSTOM}`))
  assert.equal(decoder.decode(0, section), [custom])
  for (let i = 1; i < 100; i++) {
    encoder.receiveDecoderStream(decoder.takeDecoderStream()!)
    const fields = [{ name: 'x-n', value: `${i}`.padStart(60, 'n') }]
    // twice, since only what comes again may push others out
    for (let times = 0; times < 2; times++) {
      section = encoder.encode(4 * i, fields)
      const instructions = encoder.takeEncoderStream()
      if (instructions !== undefined) decoder.receiveEncoderStream(instructions)
      assert.equal(decoder.decode(4 * i, section), fields)
    }
    assert.is(section.length, 3)
  }
})

test('a field that is not latin1 is refused and leaves the encoder in order', () => {
  const { encoder, encode, out } = open(4096, 100)
  assert.throws(
    () => encoder.encode(0, [custom, { name: 'x', value: '\u2026' }]),
    (error: unknown) => error instanceof RangeError,
  )
  assert.is(encode(4, custom), '020080')
  assert.is(out(), `3fe11f${INSERT_CUSTOM}`)
})

test('random bytes of the peer never throw anything but QpackError', () => {
  const next = random(2)
  let failures = 0
  for (let round = 0; round < 2000; round++) {
    const { encoder, encode } = open(4096, 100)
    for (let i = 0; i < 4; i++) encode(4 * i, { name: `x-${i}`, value: 'v' }, custom)
    try {
      for (let step = 0; step < 4; step++)
        encoder.receiveDecoderStream(Uint8Array.from({ length: next(6) }, () => next(256)))
    } catch (error) {
      assert.ok(isStreamError(error))
      failures++
    }
    if (round % 10 === 0) encode(100, custom)
  }
  assert.ok(failures > 1000 && failures < 2000)
})

test.run()
