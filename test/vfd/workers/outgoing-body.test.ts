import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FrameDecoder, FrameWriter, frameTypes } from '../../../src/vfd/bus/index.ts'
import { REQUEST_WINDOW } from '../../../src/vfd/workers/limits.ts'
import { OutgoingBody } from '../../../src/vfd/workers/outgoing-body.ts'
import { RequestAddress } from '../../../src/vfd/workers/request-address.ts'
import { Collector, PaperSocket, type Taken } from '../bus/support.ts'

const test = suite('workers/outgoing-body')

/** A body, and what of it has been sent since the last look. */
const setup = (): { body: OutgoingBody; sent: () => Taken[] } => {
  const socket = new PaperSocket()
  const writer = new FrameWriter(socket)
  const collector = new Collector()
  const decoder = new FrameDecoder(collector)
  const sent = (): Taken[] => {
    writer.flush()
    decoder.push(socket.bytes)
    socket.writes.length = 0
    return collector.taken.splice(0)
  }
  return { body: new OutgoingBody(new RequestAddress(writer, 7, 2 ** 33, 8)), sent }
}

const lengths = (taken: readonly Taken[]): number =>
  taken.reduce((sum, { payload }) => sum + payload.length, 0)

test('no more is sent than there is credit for, and the rest when it comes', () => {
  const { body, sent } = setup()
  assert.is(body.write(Buffer.alloc(REQUEST_WINDOW - 1), false), true)
  assert.is(body.write(Buffer.alloc(100), false), false)
  assert.is(lengths(sent()), REQUEST_WINDOW)
  assert.is(body.grant(50), false)
  assert.is(lengths(sent()), 50)
  assert.is(body.grant(50), true)
  assert.is(lengths(sent()), 49)
})

test('the end goes with the last bytes, or alone', () => {
  const { body, sent } = setup()
  body.write(Buffer.from('abc'), true)
  assert.equal(
    sent().map(({ payload, last }) => [payload.length, last]),
    [[3, true]],
  )
  assert.is(body.over, true)
  const other = setup()
  other.body.write(Buffer.from('abc'), false)
  other.body.write(Buffer.alloc(0), true)
  assert.equal(
    other.sent().map(({ payload, last }) => [payload.length, last]),
    [
      [3, false],
      [0, true],
    ],
  )
})

test('an end that waits for credit is sent with it', () => {
  const { body, sent } = setup()
  body.write(Buffer.alloc(REQUEST_WINDOW + 10), true)
  assert.is(body.over, false)
  assert.ok(sent().every(({ last }) => last === false))
  assert.is(body.grant(10), false)
  const rest = sent()
  assert.is(rest.at(-1)!.last, true)
  assert.is(body.over, true)
})

test('trailers wait for the body before them', () => {
  const { body, sent } = setup()
  body.write(Buffer.alloc(REQUEST_WINDOW + 10), false)
  body.endWithTrailers(Buffer.from('t'))
  assert.is(sent().at(-1)!.type, frameTypes.data)
  body.grant(10)
  assert.equal(
    sent().map(({ type, flags }) => [type, flags]),
    [
      [frameTypes.data, 0],
      [frameTypes.trailers, 8],
    ],
  )
})

test('nothing is sent or held after a body was abandoned, and writers are not held back', () => {
  const { body, sent } = setup()
  body.write(Buffer.alloc(REQUEST_WINDOW + 10), false)
  sent()
  body.abandon()
  assert.is(body.write(Buffer.alloc(10), false), true)
  assert.is(body.grant(1000), false)
  body.endWithTrailers(Buffer.from('t'))
  assert.equal(sent(), [])
})

test.run()
