import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultH3Options } from '../../src/h3/index.ts'
import { QpackStreams } from '../../src/h3/qpack-streams.ts'
import { SettingId } from '../../src/h3/settings.ts'
import type { Field } from '../../src/qpack/index.ts'
import { QpackDecoder } from '../../src/qpack/index.ts'
import { createPair, moveBytes } from './transport-pair.ts'

const test = suite('h3/qpack-streams')

const FIELDS: Field[] = [
  { name: 'x-first', value: 'a value of some length' },
  { name: 'x-second', value: 'another value of some length' },
]

/** Both ends of a connection whose streams are open, and what the peer reads of the encoder stream. */
function opened() {
  const { client, server } = createPair({})
  const qpack = new QpackStreams(client, defaultH3Options)
  qpack.open()
  const encoderStream = () => {
    while (moveBytes(client, undefined));
    return server.read(2) ?? new Uint8Array(0)
  }
  assert.equal(encoderStream(), Uint8Array.of(2))
  return { qpack, encoderStream }
}

test('limits of the peer that came before the first message count for it', () => {
  for (const capacity of [0, 1000]) {
    const { qpack, encoderStream } = opened()
    qpack.onSettings(
      new Map([
        [SettingId.qpackMaxTableCapacity, capacity],
        [SettingId.qpackBlockedStreams, 10],
      ]),
    )
    assert.equal(encoderStream(), new Uint8Array(0))
    qpack.encode(0, FIELDS)
    const instructions = encoderStream()
    assert.is(instructions.length > 0, capacity > 0)
    const decoder = new QpackDecoder({
      maxTableCapacity: capacity,
      maxBlockedStreams: 0,
      maxFieldSectionSize: 1000,
    })
    decoder.receiveEncoderStream(instructions)
    // A HEADERS frame has one byte of type and one of length before its section.
    assert.equal(decoder.decode(4, qpack.encode(4, FIELDS).subarray(2)), FIELDS)
  }
})

test('limits of the peer that come after the first message count from then on', () => {
  const { qpack, encoderStream } = opened()
  qpack.encode(0, FIELDS)
  assert.equal(encoderStream(), new Uint8Array(0))
  qpack.onSettings(new Map([[SettingId.qpackMaxTableCapacity, 1000]]))
  qpack.encode(4, FIELDS)
  qpack.encode(8, FIELDS)
  assert.is(encoderStream().length > 0, true)
})

test('an acknowledgement before any message is an error of the decoder stream', () => {
  const { qpack } = opened()
  assert.throws(
    () => qpack.receiveDecoderStream(Uint8Array.of(0x80)),
    (error: Error & { code?: number }) => error.code === 0x202,
  )
})

test.run()
