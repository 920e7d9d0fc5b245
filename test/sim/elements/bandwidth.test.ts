import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Bandwidth } from '../../../src/sim/elements/bandwidth.ts'
import { packets, passThrough } from '../toys.ts'

const test = suite('sim/elements/bandwidth')

// 972 bytes and 28 of headers take 1 ms at 8 Mbit/s.
const SIZE = 972
const RATE = 8e6

test('datagrams leave one after another at the speed of the wire', () => {
  const wire = new Bandwidth({ bitsPerSecond: RATE })
  const { delivered } = passThrough(wire, packets(5, SIZE))
  assert.equal(
    delivered.map(({ at }) => at),
    [1, 2, 3, 4, 5],
  )
})

test('a wire that was idle does not owe anything', () => {
  const wire = new Bandwidth({ bitsPerSecond: RATE })
  const { delivered } = passThrough(wire, packets(3, SIZE, 10))
  assert.equal(
    delivered.map(({ at }) => at),
    [1, 11, 21],
  )
})

test('a queue of n datagrams drops what comes when n wait', () => {
  const wire = new Bandwidth({ bitsPerSecond: RATE, queuePackets: 2 })
  // One goes onto the wire, two wait, the rest is lost.
  assert.equal(passThrough(wire, packets(6, SIZE)).dropped, [3, 4, 5])
})

test('a queue has room again when a datagram gets onto the wire', () => {
  const wire = new Bandwidth({ bitsPerSecond: RATE, queuePackets: 1 })
  const at = (time: number) => ({ bytes: new Uint8Array(SIZE), at: time })
  const { delivered, dropped } = passThrough(wire, [at(0), at(0), at(0.9), at(1), at(1.5), at(2)])
  assert.equal(dropped, [2, 4])
  assert.equal(
    delivered.map((packet) => packet.at),
    [1, 2, 3, 4],
  )
})

test('a queue of bytes lets small datagrams in where large ones do not fit', () => {
  const wire = new Bandwidth({ bitsPerSecond: RATE, queueBytes: 1100 })
  const sizes = [SIZE, SIZE, SIZE, 72, 72]
  const { dropped } = passThrough(
    wire,
    sizes.map((size) => ({ bytes: new Uint8Array(size), at: 0 })),
  )
  assert.equal(dropped, [2, 4])
})

test('impossible values are refused', () => {
  assert.throws(() => new Bandwidth({ bitsPerSecond: 0 }), RangeError)
  assert.throws(() => new Bandwidth({ bitsPerSecond: 1, queuePackets: -1 }), RangeError)
  assert.throws(() => new Bandwidth({ bitsPerSecond: 1, queueBytes: Number.NaN }), RangeError)
})

test.run()
