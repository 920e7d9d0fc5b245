import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { LocalStreams, RemoteStreams } from '../../../src/quic/streams/stream-limits.ts'

const test = suite('quic/streams/stream-limits')

test('streams are opened up to the limit of the peer', () => {
  const local = new LocalStreams()
  assert.is(local.take(), undefined)
  assert.is(local.refused, true)
  assert.is(local.raise(2), true)
  assert.is(local.raise(1), false)
  assert.is(local.take(), 0)
  assert.is(local.take(), 1)
  assert.is(local.take(), undefined)
})

test('STREAMS_BLOCKED is due once for each limit, when a stream was wanted', () => {
  const local = new LocalStreams()
  assert.is(local.shouldReportBlocked(), false)
  local.take()
  assert.is(local.shouldReportBlocked(), true)
  assert.is(local.shouldReportBlocked(), false)
  local.reportBlockedAgain()
  assert.is(local.shouldReportBlocked(), true)
})

test('the peer opens no stream beyond its limit', () => {
  const remote = new RemoteStreams(4)
  remote.use(3)
  assert.is(remote.opened, 4)
  assert.throws(
    () => remote.use(4),
    (error: { code: number }) => error.code === TransportErrorCode.streamLimitError,
  )
})

test('a limit is raised by streams that are over, not by streams that are open', () => {
  const remote = new RemoteStreams(4)
  remote.use(3)
  assert.is(remote.shouldUpdate, false)
  remote.onClosed(2)
  assert.is(remote.isClosed(2), true)
  assert.is(remote.isClosed(1), false)
  assert.is(remote.shouldUpdate, true)
  assert.is(remote.update(), 5)
  assert.is(remote.shouldUpdate, false)
  remote.use(4)
})

test('a peer with room left is not told of every stream that ends', () => {
  const remote = new RemoteStreams(100)
  remote.use(0)
  remote.onClosed(0)
  assert.is(remote.shouldUpdate, false)
  remote.use(48)
  assert.is(remote.shouldUpdate, false)
  remote.use(49)
  assert.is(remote.shouldUpdate, true)
})

test.run()
