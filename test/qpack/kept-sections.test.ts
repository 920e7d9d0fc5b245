import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KeptSections } from '../../src/qpack/kept-sections.ts'

const test = suite('qpack/kept-sections')

const section = (mark: number): Uint8Array => Uint8Array.of(mark)

/** Takes all that is ready, as [stream, mark]. */
function take(kept: KeptSections, insertCount: number): number[][] {
  const taken: number[][] = []
  for (let id = kept.nextReady(); id !== undefined; id = kept.nextReady())
    taken.push([id, kept.takeReady(insertCount).bytes[0]!])
  return taken
}

test('streams become ready when the table has reached their section', () => {
  const kept = new KeptSections(1000)
  kept.keep(0, section(1), 3, 0)
  kept.keep(4, section(2), 1, 0)
  assert.is(kept.blockedStreams, 2)
  kept.advance(1)
  assert.equal(take(kept, 1), [[4, 2]])
  assert.is(kept.blockedStreams, 1)
  kept.advance(2)
  assert.equal(take(kept, 2), [])
  kept.advance(3)
  assert.is(kept.blockedStreams, 0)
  assert.equal(take(kept, 3), [[0, 1]])
  assert.not.ok(kept.has(0))
})

test('sections of one stream come in their order', () => {
  const kept = new KeptSections(1000)
  kept.keep(0, section(1), 2, 0)
  kept.keep(0, section(2), 0, 0)
  kept.keep(0, section(3), 5, 0)
  assert.is(kept.blockedStreams, 1)
  kept.advance(2)
  assert.equal(take(kept, 2), [
    [0, 1],
    [0, 2],
  ])
  assert.is(kept.blockedStreams, 1)
  kept.advance(5)
  assert.equal(take(kept, 5), [[0, 3]])
  assert.is(kept.blockedStreams, 0)
})

test('a second section of a blocked stream blocks no further stream', () => {
  const kept = new KeptSections(1000)
  kept.keep(0, section(1), 2, 0)
  assert.not.ok(kept.wouldBlock(0, 3, 0))
  assert.ok(kept.wouldBlock(4, 3, 0))
  assert.not.ok(kept.wouldBlock(4, 3, 3))
})

test('what is dropped is neither blocked nor ready any more', () => {
  const kept = new KeptSections(1000)
  kept.keep(0, section(1), 2, 0)
  kept.keep(4, section(2), 1, 0)
  kept.drop(0)
  assert.is(kept.blockedStreams, 1)
  kept.advance(2)
  kept.drop(4)
  assert.is(kept.blockedStreams, 0)
  assert.equal(take(kept, 2), [])
})

test('a stream dropped while ready may keep sections again', () => {
  const kept = new KeptSections(1000)
  kept.keep(0, section(1), 1, 0)
  kept.advance(1)
  kept.drop(0)
  kept.keep(0, section(2), 2, 1)
  kept.advance(2)
  assert.equal(take(kept, 2), [[0, 2]])
})

test('a stream keeps no more than its bytes, and empty sections are not free', () => {
  const kept = new KeptSections(1000)
  assert.not.ok(kept.keep(0, new Uint8Array(900), 1, 0))
  assert.not.ok(kept.has(0))
  assert.ok(kept.keep(0, new Uint8Array(800), 1, 0))
  assert.not.ok(kept.keep(0, new Uint8Array(0), 1, 0))
  let count = 0
  while (kept.keep(4, new Uint8Array(0), 1, 0)) count++
  assert.is(count, 7)
})

test('what is kept is a copy', () => {
  const kept = new KeptSections(1000)
  const bytes = section(1)
  kept.keep(0, bytes, 1, 0)
  bytes[0] = 9
  kept.advance(1)
  assert.equal(take(kept, 1), [[0, 1]])
})

test.run()
