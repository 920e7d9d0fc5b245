import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodePacketNumber, packetNumberLengthFor } from '../../../src/quic/wire/index.ts'

const test = suite('packet numbers')

test('the example of RFC 9000 §A.3 is decoded', () => {
  assert.is(decodePacketNumber(0xa82f30ea, 0x9b32, 2), 0xa82f9b32)
})

test('the examples of RFC 9000 §A.2 take two and three bytes', () => {
  assert.is(packetNumberLengthFor(0xac5c02, 0xabe8b3), 2)
  assert.is(packetNumberLengthFor(0xace8fe, 0xabe8b3), 3)
})

test('the first packet is decoded when nothing was received before', () => {
  assert.is(decodePacketNumber(-1, 0, 1), 0)
  assert.is(decodePacketNumber(-1, 2, 4), 2)
})

test('the number nearest to the next expected one is taken', () => {
  assert.is(decodePacketNumber(255, 0x00, 1), 256)
  assert.is(decodePacketNumber(255, 0xff, 1), 255)
  assert.is(decodePacketNumber(0x1fe, 0x7f, 1), 0x27f)
  assert.is(decodePacketNumber(0x1fe, 0x80, 1), 0x180)
  assert.is(decodePacketNumber(0x180, 0x01, 1), 0x201)
})

test('numbers below zero are not made', () => {
  assert.is(decodePacketNumber(3, 0xff, 1), 0xff)
})

test('large numbers stay exact', () => {
  assert.is(decodePacketNumber(2 ** 50 + 5, 6, 4), 2 ** 50 + 6)
  assert.is(decodePacketNumber(2 ** 50 - 1, 0, 4), 2 ** 50)
  assert.is(decodePacketNumber(2 ** 33 - 1, 0xffffffff, 4), 2 ** 33 - 1)
})

test('numbers stay below 2^53', () => {
  assert.ok(decodePacketNumber(2 ** 53 - 2, 0, 1) < 2 ** 53)
  assert.ok(decodePacketNumber(2 ** 53 - 2, 0, 4) < 2 ** 53)
})

test('a length of n bytes serves half of its range, no more', () => {
  assert.is(packetNumberLengthFor(0, -1), 1)
  assert.is(packetNumberLengthFor(127, -1), 1)
  assert.is(packetNumberLengthFor(128, -1), 2)
  assert.is(packetNumberLengthFor(1000 + 0x8000, 1000), 2)
  assert.is(packetNumberLengthFor(1000 + 0x8001, 1000), 3)
  assert.is(packetNumberLengthFor(0x800000, 0), 3)
  assert.is(packetNumberLengthFor(0x800001, 0), 4)
})

test('a number is decoded by a peer that has received anything from the largest acked on', () => {
  for (const [packetNumber, largestAcked] of [
    [128, -1],
    [0x8000 + 77, 77],
    [0x900000, 0x500000],
    [2 ** 32 + 10, 2 ** 32 - 500],
  ] as const) {
    const length = packetNumberLengthFor(packetNumber, largestAcked)
    const truncated = packetNumber % 2 ** (8 * length)
    for (const received of [largestAcked, packetNumber - 1])
      assert.is(decodePacketNumber(received, truncated, length), packetNumber)
  }
})

test.run()
