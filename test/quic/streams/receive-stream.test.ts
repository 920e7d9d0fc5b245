import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { MAX_STREAM_GAPS, MIN_BYTES_PER_GAP } from '../../../src/quic/limits.ts'
import { ReceiveWindow } from '../../../src/quic/streams/flow-control.ts'
import { ReceiveStream } from '../../../src/quic/streams/receive-stream.ts'
import { Random } from '../../../src/sim/index.ts'
import { throwsCode } from '../support/errors.ts'

const test = suite('quic/streams/receive-stream')

const create = (window = 1000) => new ReceiveStream(0, new ReceiveWindow(window, window))
const bytes = (length: number) => new Uint8Array(length)

test('the end is reached when FIN has come and all has been read', () => {
  const stream = create()
  stream.onData(0, bytes(5), false)
  stream.onData(5, bytes(0), true)
  assert.is(stream.isFinished, false)
  assert.is(stream.isTerminal, false)
  assert.is(stream.read()!.length, 5)
  assert.is(stream.isFinished, true)
  assert.is(stream.isTerminal, true)
})

test('an end that came before its data waits for it', () => {
  const stream = create()
  stream.onData(5, bytes(0), true)
  assert.is(stream.hasReadable, false)
  assert.is(stream.finalSizeKnown, true)
  stream.onData(0, bytes(5), false)
  assert.is(stream.hasReadable, true)
})

test('data is counted once, by its highest offset', () => {
  const stream = create()
  assert.is(stream.onData(10, bytes(10), false), 20)
  assert.is(stream.onData(0, bytes(15), false), 0)
  assert.is(stream.onData(5, bytes(20), false), 5)
})

test('data beyond the credit of the stream is a FLOW_CONTROL_ERROR, wherever it lies', () => {
  throwsCode(() => create(100).onData(100, bytes(1), false), TransportErrorCode.flowControlError)
  throwsCode(
    () => create(100).onData(2 ** 52, bytes(1), false),
    TransportErrorCode.flowControlError,
  )
  throwsCode(() => create(100).onReset(101), TransportErrorCode.flowControlError)
})

test('a final size never changes', () => {
  const { finalSizeError } = TransportErrorCode
  const ended = () => {
    const stream = create()
    stream.onData(0, bytes(10), true)
    return stream
  }
  throwsCode(() => ended().onData(10, bytes(1), false), finalSizeError)
  throwsCode(() => ended().onData(0, bytes(5), true), finalSizeError)
  throwsCode(() => ended().onData(0, bytes(11), true), finalSizeError)
  throwsCode(() => ended().onReset(9), finalSizeError)
  throwsCode(() => ended().onReset(11), finalSizeError)
  const open = () => {
    const stream = create()
    stream.onData(0, bytes(10), false)
    return stream
  }
  throwsCode(() => open().onData(0, bytes(5), true), finalSizeError)
  throwsCode(() => open().onReset(9), finalSizeError)
  ended().onData(0, bytes(10), true)
  ended().onReset(10)
})

test('a final size of a reset stream never changes either', () => {
  const stream = create()
  assert.is(stream.onReset(10), 10)
  assert.is(stream.onReset(10), undefined)
  throwsCode(() => stream.onReset(11), TransportErrorCode.finalSizeError)
  throwsCode(() => stream.onData(5, bytes(6), false), TransportErrorCode.finalSizeError)
  assert.is(stream.onData(0, bytes(10), true), 0)
})

test('a reset drops what was not read', () => {
  const stream = create()
  stream.onData(0, bytes(10), false)
  stream.onReset(20)
  assert.is(stream.read(), undefined)
  assert.is(stream.hasReadable, false)
  assert.is(stream.isFinished, false)
  assert.is(stream.isTerminal, true)
})

test('a stream that was stopped drops what comes, and is over when all of it has come', () => {
  const stream = create()
  stream.onData(0, bytes(10), false)
  stream.stop(7)
  assert.is(stream.read(), undefined)
  assert.is(stream.takeUncredited(), 10)
  stream.onData(10, bytes(5), true)
  assert.is(stream.takeUncredited(), 5)
  assert.is(stream.isTerminal, true)
  assert.is(stream.hasReadable, false)
})

test('gaps between pieces that are worth it may be many, those between scraps may not', () => {
  const most = 4 * MAX_STREAM_GAPS
  const stream = create(1 << 20)
  for (let i = 0; i < most; i++) stream.onData(1 + i * 512, bytes(MIN_BYTES_PER_GAP), false)
  const scraps = create(1 << 20)
  const fill = (size: number) => {
    for (let i = 0; i < most; i++) scraps.onData(1 + i * 512, bytes(size), false)
  }
  throwsCode(() => fill(MIN_BYTES_PER_GAP - 1), TransportErrorCode.internalError)
})

test('more gaps than the cap end the connection', () => {
  const stream = create(10_000)
  for (let i = 0; i < MAX_STREAM_GAPS; i++) stream.onData(1 + 2 * i, bytes(1), false)
  throwsCode(
    () => stream.onData(1 + 2 * MAX_STREAM_GAPS, bytes(1), false),
    TransportErrorCode.internalError,
  )
})

test('every byte is credited once, whatever happens in whatever order', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed)
    const stream = create(5000)
    let received = 0
    let credited = 0
    const size = 1 + random.int(2000)
    for (let i = 0; i < 40; i++) {
      switch (random.int(12)) {
        case 0:
          received += stream.onReset(size) ?? 0
          break
        case 1:
          if (stream.stopCode === undefined) stream.stop(1)
          break
        case 2:
        case 3:
        case 4:
          stream.read()
          break
        default: {
          const start = random.int(size)
          const end = Math.min(size, start + random.int(300))
          received += stream.onData(start, bytes(end - start), end === size && random.chance(0.5))
        }
      }
      const more = stream.takeUncredited()
      assert.ok(more >= 0)
      credited += more
      assert.ok(credited <= received, `seed ${seed}: ${credited} of ${received}`)
    }
    received += stream.onReset(size) ?? 0
    if (!stream.isFinished) credited += stream.takeUncredited()
    while (stream.read() !== undefined);
    credited += stream.takeUncredited()
    assert.is(credited, received, `seed ${seed}`)
    assert.is(received, size)
  }
})

test.run()
