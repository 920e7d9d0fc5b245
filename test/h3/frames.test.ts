import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  encodeDataHeader,
  encodeFrame,
  encodeGoaway,
  encodeGoawayNotice,
  isHttp2FrameType,
} from '../../src/h3/frames.ts'
import { bytes } from './harness.ts'

const test = suite('frames')

test('a frame is type, length and payload', () => {
  assert.equal(encodeFrame(1, bytes(9, 8)), bytes(1, 2, 9, 8))
  const long = encodeFrame(0, new Uint8Array(100))
  assert.equal(long.subarray(0, 3), bytes(0, 0x40, 100))
  assert.is(long.length, 103)
})

test('the header of DATA is the type and the length', () => {
  assert.equal(encodeDataHeader(63), bytes(0, 63))
  assert.equal(encodeDataHeader(16384), bytes(0, 0x80, 0, 0x40, 0))
})

test('GOAWAY carries one id; the notice carries 2^62-4', () => {
  assert.equal(encodeGoaway(68), bytes(7, 2, 0x40, 68))
  const notice = encodeGoawayNotice()
  assert.equal(notice.subarray(0, 2), bytes(7, 8))
  assert.is(new DataView(notice.buffer).getBigUint64(2) & (2n ** 62n - 1n), 2n ** 62n - 4n)
})

test('the frame types of HTTP/2 without a counterpart are known', () => {
  const types = [...Array(16).keys()].filter(isHttp2FrameType)
  assert.equal(types, [2, 6, 8, 9])
})

test.run()
