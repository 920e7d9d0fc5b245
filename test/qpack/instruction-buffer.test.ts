import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InstructionBuffer } from '../../src/qpack/instruction-buffer.ts'

const test = suite('qpack/instruction-buffer')

/** Takes items of three bytes out of the input. */
function takeThrees(buffer: InstructionBuffer, bytes: Uint8Array, out: number[]): void {
  const joined = buffer.join(bytes)
  let at = 0
  for (; joined.length - at >= 3; at += 3) out.push(...joined.subarray(at, at + 3))
  buffer.keep(joined, at)
}

test('bytes come out in order however they are split', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i)
  for (let step = 1; step <= 300; step += 7) {
    const buffer = new InstructionBuffer()
    const out: number[] = []
    for (let at = 0; at < 300; at += step) takeThrees(buffer, bytes.subarray(at, at + step), out)
    assert.equal(Uint8Array.from(out), bytes)
    assert.is(buffer.pending, 0)
  }
})

test('what is kept is a copy', () => {
  const buffer = new InstructionBuffer()
  const bytes = Uint8Array.of(1, 2)
  buffer.keep(buffer.join(bytes), 0)
  bytes.fill(9)
  assert.equal([...buffer.join(Uint8Array.of(3))], [1, 2, 3])
})

test('only the rest is kept', () => {
  const buffer = new InstructionBuffer()
  buffer.keep(buffer.join(new Uint8Array(1000)), 998)
  assert.is(buffer.pending, 2)
  buffer.keep(buffer.join(new Uint8Array(1000)), 1001)
  assert.is(buffer.pending, 1)
})

test.run()
