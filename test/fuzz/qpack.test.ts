import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Field,
  FieldSectionTooLargeError,
  QpackDecoder,
  QpackEncoder,
  QpackError,
} from '../../src/qpack/index.ts'
import type { Random } from '../../src/sim/index.ts'
import { fuzz, mutate } from './fuzz.ts'

const test = suite('fuzz/qpack')
const NAMES = [':path', 'cookie', 'x-a', 'x-b', 'accept', 'x-a-name-that-is-rather-long', '']

function randomFields(random: Random): Field[] {
  return Array.from({ length: 1 + random.int(12) }, () => ({
    name: NAMES[random.int(NAMES.length)]!,
    value: Buffer.from(random.randomBytes(random.int(60))).toString(
      random.chance(0.5) ? 'base64' : 'latin1',
    ),
  }))
}

/** What an encoder of ours would send, and what a hostile one might make of it. */
fuzz(test, 'instructions and sections that were tampered with', 3000, (random) => {
  const capacity = random.chance(0.2) ? 0 : 1 << (6 + random.int(7))
  const encoder = new QpackEncoder({ maxTableCapacity: capacity })
  encoder.setPeerLimits(capacity, random.int(20))
  const decoder = new QpackDecoder({
    maxTableCapacity: capacity,
    maxBlockedStreams: random.int(20),
    maxFieldSectionSize: 1 << (8 + random.int(8)),
  })
  try {
    for (let stream = 0; stream < 40; stream += 4) {
      let section = encoder.encode(stream, randomFields(random))
      let instructions = encoder.takeEncoderStream() ?? new Uint8Array(0)
      if (random.chance(0.1)) section = mutate(section, random)
      if (random.chance(0.1)) instructions = mutate(instructions, random)
      const isEarly = random.chance(0.5)
      if (isEarly) decoder.receiveEncoderStream(instructions)
      try {
        check(decoder.decode(stream, section))
      } catch (error) {
        if (!(error instanceof FieldSectionTooLargeError)) throw error
      }
      if (!isEarly) decoder.receiveEncoderStream(instructions)
      if (random.chance(0.1)) decoder.cancelStream(stream)
      for (;;) {
        try {
          const next = decoder.takeUnblocked()
          if (next === undefined) break
          check(next.fields)
        } catch (error) {
          if (!(error instanceof FieldSectionTooLargeError)) throw error
        }
      }
      let answer = decoder.takeDecoderStream()
      if (answer === undefined) continue
      if (random.chance(0.1)) answer = mutate(answer, random)
      encoder.receiveDecoderStream(answer)
    }
  } catch (error) {
    if (!(error instanceof QpackError)) throw error
  }
})

function check(fields: readonly Field[] | undefined): void {
  for (const field of fields ?? []) {
    assert.type(field.name, 'string')
    assert.type(field.value, 'string')
  }
}

test.run()
