import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  FrameFlags,
  frameFlags,
  isFramePermitted,
  isKnownFrame,
} from '../../../src/quic/wire/frame-rules.ts'
import { PacketType } from '../../../src/quic/wire/index.ts'

const test = suite('frame rules')

/**
 * RFC 9000 §12.4, table 3, typed off: type, the packets (I, 0, H, 1) and the specs (N: not ack-eliciting,
 * P: probing). RETIRE_CONNECTION_ID is without its 0, which §12.5 allows.
 */
const TABLE: readonly (readonly [number, number, string, string])[] = [
  [0x00, 0x00, 'IH01', 'NP'],
  [0x01, 0x01, 'IH01', ''],
  [0x02, 0x03, 'IH1', 'N'],
  [0x04, 0x04, '01', ''],
  [0x05, 0x05, '01', ''],
  [0x06, 0x06, 'IH1', ''],
  [0x07, 0x07, '1', ''],
  [0x08, 0x0f, '01', ''],
  [0x10, 0x10, '01', ''],
  [0x11, 0x11, '01', ''],
  [0x12, 0x13, '01', ''],
  [0x14, 0x14, '01', ''],
  [0x15, 0x15, '01', ''],
  [0x16, 0x17, '01', ''],
  [0x18, 0x18, '01', 'P'],
  [0x19, 0x19, '1', ''],
  [0x1a, 0x1a, '01', 'P'],
  [0x1b, 0x1b, '1', 'P'],
  [0x1c, 0x1c, 'IH01', 'N'],
  [0x1d, 0x1d, '01', 'N'],
  [0x1e, 0x1e, '1', ''],
]
const PACKETS = [
  ['I', PacketType.initial],
  ['0', PacketType.zeroRtt],
  ['H', PacketType.handshake],
  ['1', PacketType.oneRtt],
] as const

test('each frame is permitted in the packets of RFC 9000 table 3', () => {
  for (const [first, last, packets] of TABLE)
    for (let type = first; type <= last; type++)
      for (const [letter, packetType] of PACKETS)
        assert.is(
          isFramePermitted(type, packetType, true),
          packets.includes(letter),
          `0x${type.toString(16)} in ${letter}`,
        )
})

test('a client may send all but NEW_TOKEN and HANDSHAKE_DONE', () => {
  for (let type = 0; type <= 0x1e; type++)
    assert.is(
      isFramePermitted(type, PacketType.oneRtt, false),
      type !== 0x07 && type !== 0x1e,
      `0x${type.toString(16)}`,
    )
})

test('each frame is ack-eliciting and probing as in RFC 9000 table 3', () => {
  for (const [first, last, , specs] of TABLE)
    for (let type = first; type <= last; type++) {
      const expected =
        (specs.includes('N') ? 0 : FrameFlags.ackEliciting) |
        (specs.includes('P') ? 0 : FrameFlags.nonProbing)
      assert.is(frameFlags(type), expected, `0x${type.toString(16)}`)
    }
})

test('every type above HANDSHAKE_DONE is unknown', () => {
  for (let type = 0; type < 256; type++) assert.is(isKnownFrame(type), type <= 0x1e)
})

test.run()
