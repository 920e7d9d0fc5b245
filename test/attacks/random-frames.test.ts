import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer } from '../../src/bytes/index.ts'
import { Random } from '../../src/sim/index.ts'
import { Pair } from '../quic/support/pair.ts'
import { rawHandshake, rawOneRtt } from '../quic/support/raw-packets.ts'

/** Random frames inside valid protection: whatever they say, only their own connection may end. */
const test = suite('attacks/random-frames')

const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  63,
  64,
  100,
  396,
  400,
  16_383,
  16_384,
  2 ** 20,
  2 ** 53 - 1,
]

/** Numbers in each frame of these types; the rest have bytes besides. */
const FIELDS: Record<number, number> = {
  4: 3,
  5: 2,
  16: 1,
  17: 2,
  18: 1,
  19: 1,
  20: 1,
  21: 2,
  22: 1,
  23: 1,
  25: 1,
}

function writeRandomFrame(writer: Writer, random: Random): void {
  const type = random.int(0x20)
  const number = () => {
    const choice = NUMBERS[random.int(NUMBERS.length)]!
    writer.varint(random.chance(0.5) ? random.int(12) : choice)
  }
  const bytes = (length: number) => writer.put(random.randomBytes(length))
  writer.u8(type)
  const fields = FIELDS[type]
  if (fields !== undefined) {
    for (let i = 0; i < fields; i++) number()
  } else if (type >= 8 && type < 16) {
    number()
    if ((type & 4) !== 0) number()
    const length = random.int(40)
    if ((type & 2) !== 0) writer.varint(length)
    bytes(length)
  } else if (type === 6) {
    number()
    const length = random.int(40)
    writer.varint(length)
    bytes(length)
  } else if (type === 2 || type === 3) {
    number()
    number()
    const ranges = random.int(3)
    writer.varint(ranges)
    for (let i = 0; i < 1 + 2 * ranges; i++) number()
    if (type === 3) for (let i = 0; i < 3; i++) number()
  } else if (type === 0x18) {
    number()
    number()
    writer.u8(8)
    bytes(24)
  } else if (type === 0x1a || type === 0x1b) {
    bytes(8)
  } else if (type === 0x1c || type === 0x1d) {
    if (random.chance(0.8)) return // a close ends the fun too soon
    number()
    if (type === 0x1c) number()
    writer.varint(3)
    bytes(3)
  } else if (type > 0x1d) {
    bytes(random.int(20))
  }
}

function randomPayload(random: Random): Uint8Array {
  const writer = Writer.growable()
  const count = 1 + random.int(4)
  for (let i = 0; i < count; i++) {
    if (random.chance(0.1)) writer.put(random.randomBytes(random.int(30)))
    else writeRandomFrame(writer, random)
  }
  writer.zeros(4)
  return writer.written().slice(0, 1000)
}

for (const victim of ['server', 'client'] as const) {
  test(`random frames to a ${victim} end at most its own connection, in an orderly way`, () => {
    const attacker = victim === 'server' ? 'client' : 'server'
    const direction = victim === 'server' ? 'toServer' : 'toClient'
    let packets = 0
    const codes = new Set<number | undefined>()
    for (let seed = 1; packets < 1500; seed++) {
      const random = new Random(seed)
      const pair = Pair.connected({ seed: 1 + (seed % 5) })
      const bystander = pair.connect()
      pair.settle()
      const target = pair[victim].connection
      for (let i = 0; i < 60 && !target.closed; i++, packets++) {
        if (random.chance(0.3)) {
          const id = target.openStream(random.chance(0.5) ? 'bidi' : 'uni')
          if (id !== undefined)
            target.write(id, new Uint8Array(random.int(5000)), random.chance(0.5))
        }
        pair.deliver([rawOneRtt(pair[attacker].connection, randomPayload(random))], direction)
        for (let id = 0; id < 12; id++) while (random.chance(0.9) && target.read(id) !== undefined);
        pair.flush(pair[victim])
        if (random.chance(0.2)) {
          const at = pair[victim].endpoint.nextTimeout()
          if (at !== undefined && at < pair.now + 5000) {
            pair.now = Math.max(pair.now, at)
            pair[victim].endpoint.onTimeout(pair.now)
            pair.flush(pair[victim])
          }
        }
      }
      const info = pair[victim].closeInfo
      codes.add(info?.errorCode)
      const isBug = info?.kind === 'transport' && info.reason === 'internal error'
      assert.is(isBug, false, `seed ${seed}: ${info?.cause?.stack}`)
      assert.is(bystander.closed, false)
      pair.run(40_000)
      assert.is(pair.nextTimeout, undefined, `seed ${seed}: a timer is left`)
    }
    assert.ok(codes.size > 4, 'it ends for many reasons')
  })
}

test('random frames in Handshake packets end at most their own handshake', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed)
    const pair = new Pair({ seed: 1 + (seed % 5) })
    pair.deliver(pair.flush(pair.client), 'toServer')
    pair.deliver(pair.flush(pair.server), 'toClient')
    for (let i = 0; i < 5 && !pair.server.connection.closed; i++) {
      pair.deliver([rawHandshake(pair.client.connection, randomPayload(random))], 'toServer')
      pair.flush(pair.server)
    }
    const info = pair.server.closeInfo
    assert.is(info?.reason === 'internal error', false, `seed ${seed}: ${info?.cause?.stack}`)
  }
})

test.run()
