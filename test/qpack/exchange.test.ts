import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Field, QpackDecoder, QpackEncoder } from '../../src/qpack/index.ts'
import { random } from './random.ts'

const test = suite('qpack/exchange')

/** Sections of few names and values, so that they repeat, are evicted and come back. */
function makeSection(next: (below: number) => number): Field[] {
  return Array.from({ length: 1 + next(8) }, () => {
    const name = [':path', 'cookie', 'x-a', 'x-b', 'accept', 'x-long-name-of-a-field'][next(6)]!
    const value = `${next(3) === 0 ? next(500) : next(12)}`.repeat(1 + next(12))
    return next(20) === 0 ? { name, value, sensitive: true } : { name, value }
  })
}

const plain = (fields: readonly Field[]): string[] => fields.map((f) => `${f.name}\t${f.value}`)

interface Result {
  readonly encoded: number
  readonly blocked: number
  readonly cancelled: number
}

/**
 * Encoder and decoder with three streams of bytes between them (sections, encoder stream, decoder
 * stream) that run at random against each other: the first as whole sections in any order of their
 * streams, the other two cut anywhere.
 */
function exchange(seed: number, capacity: number, blocked: number): Result {
  const next = random(seed)
  const encoder = new QpackEncoder({ maxTableCapacity: capacity })
  encoder.setPeerLimits(capacity, blocked)
  const decoder = new QpackDecoder({
    maxTableCapacity: capacity,
    maxBlockedStreams: blocked,
    maxFieldSectionSize: 65536,
  })
  const expected = new Map<number, string[][]>()
  const sections: { streamId: number; bytes: Uint8Array }[] = []
  const cancelled = new Set<number>()
  let instructions: number[] = []
  let acknowledgments: number[] = []
  const result = { encoded: 0, blocked: 0, cancelled: 0 }

  const received = (streamId: number, fields: readonly Field[]): void => {
    assert.equal(plain(fields), expected.get(streamId)!.shift())
  }
  const carryInstructions = (count: number): void => {
    decoder.receiveEncoderStream(Uint8Array.from(instructions.slice(0, count)))
    instructions = instructions.slice(count)
    for (let got = decoder.takeUnblocked(); got; got = decoder.takeUnblocked())
      received(got.streamId, got.fields)
  }
  const carrySection = (index: number): void => {
    // sections of one stream keep their order
    const { streamId } = sections[index]!
    const first = sections.findIndex((section) => section.streamId === streamId)
    const [section] = sections.splice(first, 1)
    if (cancelled.has(streamId)) return
    const fields = decoder.decode(streamId, section!.bytes)
    if (fields !== undefined) received(streamId, fields)
    else result.blocked++
  }
  const carryAcknowledgments = (count: number): void => {
    encoder.receiveDecoderStream(Uint8Array.from(acknowledgments.slice(0, count)))
    acknowledgments = acknowledgments.slice(count)
  }

  for (let round = 0; round < 1500; round++) {
    const streamId = 4 * (next(4) === 0 ? next(round + 1) : round)
    if (!cancelled.has(streamId)) {
      const fields = makeSection(next)
      const bytes = encoder.encode(streamId, fields)
      result.encoded += bytes.length
      expected.set(streamId, [...(expected.get(streamId) ?? []), plain(fields)])
      sections.push({ streamId, bytes })
      instructions.push(...(encoder.takeEncoderStream() ?? []))
    }
    if (next(2) === 0) carryInstructions(next(instructions.length + 1))
    while (sections.length > next(6)) carrySection(next(sections.length))
    if (next(40) === 0) {
      cancelled.add(streamId)
      decoder.cancelStream(streamId)
      result.cancelled++
    }
    if (next(2) === 0) acknowledgments.push(...(decoder.takeDecoderStream() ?? []))
    if (next(2) === 0) carryAcknowledgments(next(acknowledgments.length + 1))
  }
  carryInstructions(instructions.length)
  while (sections.length > 0) carrySection(0)
  acknowledgments.push(...(decoder.takeDecoderStream() ?? []))
  carryAcknowledgments(acknowledgments.length)
  for (const [streamId, left] of expected)
    if (!cancelled.has(streamId)) assert.is(left.length, 0, `stream ${streamId}`)
  return result
}

for (const capacity of [0, 64, 100, 220, 512, 4096, 65536]) {
  for (const blocked of [0, 1, 8, 100]) {
    test(`all fields come through with ${capacity} bytes and ${blocked} blocked streams`, () => {
      for (let seed = 1; seed <= 3; seed++) {
        const result = exchange(seed, capacity, blocked)
        assert.ok(result.cancelled > 0)
        if (blocked === 0 || capacity === 0) assert.is(result.blocked, 0)
        else if (blocked > 1 && capacity > 200) assert.ok(result.blocked > 10)
      }
    })
  }
}

test('a larger table takes fewer bytes', () => {
  const sizes = [0, 220, 4096].map((capacity) => exchange(7, capacity, 100).encoded)
  assert.ok(sizes[0]! > sizes[1]! && sizes[1]! > sizes[2]!)
})

test.run()
