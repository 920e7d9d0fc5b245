import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import {
  FieldSectionTooLargeError,
  QPACK_DECOMPRESSION_FAILED,
  QPACK_ENCODER_STREAM_ERROR,
  QpackDecoder,
  type QpackDecoderOptions,
  QpackError,
} from '../../src/qpack/index.ts'
import { random } from './random.ts'

const test = suite('qpack/decoder')

function open(options: Partial<QpackDecoderOptions> = {}) {
  const decoder = new QpackDecoder({
    maxTableCapacity: 220,
    maxBlockedStreams: 2,
    maxFieldSectionSize: 1000,
    ...options,
  })
  return {
    decoder,
    instruct: (hex: string) => decoder.receiveEncoderStream(fromHex(hex)),
    decode: (streamId: number, hex: string) => decoder.decode(streamId, fromHex(hex)),
    /** What goes out on the decoder stream. */
    out: () => toHex(decoder.takeDecoderStream() ?? new Uint8Array(0)),
  }
}

const isQpackError =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof QpackError && error.code === code

const isTooLarge =
  (streamId: number) =>
  (error: unknown): boolean =>
    error instanceof FieldSectionTooLargeError && error.streamId === streamId

const SET_220 = '3fbd01'
const INSERT_AUTHORITY = 'c00f7777772e6578616d706c652e636f6d'
const INSERT_PATH = 'c10c2f73616d706c652f70617468'
const authority = { name: ':authority', value: 'www.example.com' }
const path = { name: ':path', value: '/sample/path' }

test('the exchange of RFC 9204 appendix B comes out', () => {
  const { decoder, instruct, decode, out } = open()
  // B.1
  assert.equal(decode(0, '0000510b2f696e6465782e68746d6c'), [
    { name: ':path', value: '/index.html' },
  ])
  assert.is(out(), '')
  // B.2
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.equal(decode(4, '03811011'), [authority, path])
  assert.is(out(), '84')
  // B.3
  instruct('4a637573746f6d2d6b65790c637573746f6d2d76616c7565')
  assert.is(out(), '01')
  // B.4: the encoder stream is late, and the stream cancelled before it comes
  assert.is(decode(8, '050080c181'), undefined)
  decoder.cancelStream(8)
  assert.is(out(), '48')
  instruct('02')
  assert.is(decoder.takeUnblocked(), undefined)
  assert.is(out(), '01')
  // the same section on a stream that is not cancelled
  assert.equal(decode(12, '050080c181'), [
    authority,
    { name: ':path', value: '/' },
    { name: 'custom-key', value: 'custom-value' },
  ])
  assert.is(out(), '8c')
  // B.5
  instruct('810d637573746f6d2d76616c756532')
  assert.is(out(), '01')
  assert.equal(decode(16, '060080'), [{ name: 'custom-key', value: 'custom-value2' }])
  assert.is(out(), '90')
})

test('a section that waits is given back once its entries have come', () => {
  const { decoder, instruct, decode, out } = open()
  assert.is(decode(4, '03811011'), undefined)
  instruct(SET_220 + INSERT_AUTHORITY)
  assert.is(decoder.takeUnblocked(), undefined)
  instruct(INSERT_PATH)
  assert.equal(decoder.takeUnblocked(), { streamId: 4, fields: [authority, path] })
  assert.is(decoder.takeUnblocked(), undefined)
  assert.is(out(), '84')
})

test('sections of one stream keep their order behind one that waits', () => {
  const { decoder, instruct, decode, out } = open()
  assert.is(decode(4, '03811011'), undefined)
  assert.is(decode(4, '0000d1'), undefined)
  assert.equal(decode(8, '0000d1'), [{ name: ':method', value: 'GET' }])
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.equal(decoder.takeUnblocked(), { streamId: 4, fields: [authority, path] })
  assert.equal(decoder.takeUnblocked(), {
    streamId: 4,
    fields: [{ name: ':method', value: 'GET' }],
  })
  assert.is(out(), '84')
})

test('a section is kept as it came though its bytes are used again', () => {
  const { decoder, instruct } = open()
  const bytes = fromHex('03811011')
  assert.is(decoder.decode(4, bytes), undefined)
  bytes.fill(0xff)
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.equal(decoder.takeUnblocked(), { streamId: 4, fields: [authority, path] })
})

test('more blocked streams than allowed are refused', () => {
  const { decode } = open()
  assert.is(decode(0, '020080'), undefined)
  assert.is(decode(4, '020080'), undefined)
  // a second section of a blocked stream is no further stream
  assert.is(decode(4, '020080'), undefined)
  assert.throws(() => decode(8, '020080'), isQpackError(QPACK_DECOMPRESSION_FAILED))
})

test('with a limit of 0 no stream may block', () => {
  const { decode } = open({ maxBlockedStreams: 0 })
  assert.throws(() => decode(0, '020080'), isQpackError(QPACK_DECOMPRESSION_FAILED))
})

test('a stream cancelled or unblocked makes room for another to block', () => {
  const { decoder, instruct, decode } = open()
  for (let id = 0; id < 4000; id += 4) {
    assert.is(decode(id, '020080'), undefined)
    decoder.cancelStream(id)
  }
  decode(0, '020080')
  decode(4, '030080')
  instruct(SET_220 + INSERT_AUTHORITY)
  // stream 0 is no longer blocked, though not yet taken
  assert.is(decode(8, '030080'), undefined)
  assert.throws(() => decode(12, '030080'), isQpackError(QPACK_DECOMPRESSION_FAILED))
})

test('a cancelled stream gives nothing back', () => {
  const { decoder, instruct, decode } = open()
  decode(4, '03811011')
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  decoder.cancelStream(4)
  assert.is(decoder.takeUnblocked(), undefined)
})

test('without a table cancellations are not told', () => {
  const { decoder, out } = open({ maxTableCapacity: 0 })
  decoder.cancelStream(4)
  assert.is(out(), '')
})

test('a section too large concerns its stream alone, and is acknowledged', () => {
  const { instruct, decode, out } = open({ maxFieldSectionSize: 100 })
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.throws(() => decode(4, '0381101110'), isTooLarge(4))
  assert.is(out(), '84')
  assert.equal(decode(8, '038110'), [authority])
  assert.is(out(), '88')
})

test('a section of too many fields concerns its stream alone', () => {
  const { decode } = open({ maxFieldSectionSize: 2 ** 20 })
  assert.is(decode(0, `0000${'d1'.repeat(128)}`)!.length, 128)
  assert.throws(() => decode(4, `0000${'d1'.repeat(129)}`), isTooLarge(4))
  assert.is(open({ maxFields: 1 }).decode(0, '0000d1')!.length, 1)
  assert.throws(() => open({ maxFields: 1 }).decode(0, '0000d1d1'), isTooLarge(0))
})

test('a section that waited and is too large is told with its stream', () => {
  const { decoder, instruct, decode, out } = open({ maxFieldSectionSize: 120 })
  decode(4, '0381101110')
  decode(8, '038110')
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.throws(() => decoder.takeUnblocked(), isTooLarge(4))
  assert.equal(decoder.takeUnblocked(), { streamId: 8, fields: [authority] })
  assert.is(out(), '8488')
})

test('a blocked stream keeps no more than its share, and is cancelled beyond', () => {
  const { decoder, instruct, decode, out } = open()
  assert.throws(() => decode(4, `0381${'10'.repeat(2000)}`), isTooLarge(4))
  decode(8, '038110')
  assert.throws(() => {
    for (let i = 0; i < 16; i++) decode(8, '0000')
  }, isTooLarge(8))
  assert.is(out(), '4448')
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  assert.is(decoder.takeUnblocked(), undefined)
  assert.is(out(), '02')
})

test('encoder-stream bytes are limited as long as no section is completed', () => {
  const { decoder, instruct } = open()
  instruct(SET_220 + INSERT_AUTHORITY)
  const duplicates = new Uint8Array(32_000)
  decoder.receiveEncoderStream(duplicates)
  decoder.receiveEncoderStream(duplicates)
  assert.throws(
    () => decoder.receiveEncoderStream(duplicates),
    isQpackError(QPACK_ENCODER_STREAM_ERROR),
  )
  const other = open()
  other.instruct(SET_220 + INSERT_AUTHORITY)
  for (let i = 0; i < 10; i++) {
    other.decoder.receiveEncoderStream(duplicates)
    assert.equal(other.decode(4 * i, '0000d1'), [{ name: ':method', value: 'GET' }])
  }
})

test('endless changes of the capacity are limited too', () => {
  const { decoder } = open()
  assert.throws(() => {
    for (let i = 0; i < 100_000; i++) decoder.receiveEncoderStream(fromHex('203fbd01'))
  }, isQpackError(QPACK_ENCODER_STREAM_ERROR))
})

test('a table larger than the byte limit can still be filled', () => {
  const { decoder, decode } = open({ maxTableCapacity: 2 ** 20, maxFieldSectionSize: 2 ** 20 })
  decoder.receiveEncoderStream(fromHex('3fe1ff3f'))
  for (let i = 0; i < 16; i++) {
    decoder.receiveEncoderStream(fromHex('407fc1fe03'))
    decoder.receiveEncoderStream(new Uint8Array(65_472))
  }
  assert.is(decode(0, '11008f')![0]!.value.length, 65_472)
})

test('entries evicted while a section waited for others fail the connection, not the process', () => {
  const { decoder, instruct, decode } = open()
  decode(4, '03811011')
  instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
  instruct(`20${SET_220}`)
  assert.throws(() => decoder.takeUnblocked(), isQpackError(QPACK_DECOMPRESSION_FAILED))
})

test('a capacity may be given from the start, for old recordings', () => {
  const { instruct, decode } = open({ initialCapacity: 220 })
  instruct(INSERT_AUTHORITY)
  assert.equal(decode(4, '028010'), [authority])
  assert.throws(() => open().instruct(INSERT_AUTHORITY), isQpackError(QPACK_ENCODER_STREAM_ERROR))
})

test('random bytes never throw anything but the errors of QPACK', () => {
  const next = random(1)
  let failures = 0
  for (let round = 0; round < 3000; round++) {
    const { decoder, instruct } = open()
    instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
    for (let step = 0; step < 5; step++) {
      const bytes = Uint8Array.from({ length: next(40) }, () => next(256))
      if (next(2) === 0 && bytes.length > 1) {
        bytes[0] = next(5)
        bytes[1] = next(2)
      }
      try {
        if (next(3) === 0) decoder.receiveEncoderStream(bytes)
        else decoder.decode(4 * next(3), bytes)
        while (decoder.takeUnblocked() !== undefined);
        decoder.takeDecoderStream()
      } catch (error) {
        failures++
        if (error instanceof FieldSectionTooLargeError) continue
        assert.instance(error, QpackError)
        break
      }
    }
  }
  assert.ok(failures > 1000)
})

test('a section cut at any byte never throws anything but QpackError', () => {
  const section = fromHex(
    '03811011d1510b2f696e6465782e68746d6c2f0125a849e95ba97d7f8925a849e95bb8e8b4bf',
  )
  for (let length = 0; length < section.length; length++) {
    const { decoder, instruct } = open()
    instruct(SET_220 + INSERT_AUTHORITY + INSERT_PATH)
    try {
      const fields = decoder.decode(4, section.subarray(0, length))
      assert.ok(fields!.length < 5)
    } catch (error) {
      assert.ok(isQpackError(QPACK_DECOMPRESSION_FAILED)(error))
    }
  }
})

test.run()
