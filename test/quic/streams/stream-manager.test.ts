import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Deque, Writer } from '../../../src/bytes/index.ts'
import { defaultTransportConfig, type TransportConfig } from '../../../src/quic/config.ts'
import { TransportErrorCode } from '../../../src/quic/errors.ts'
import { MAX_RETAINED_STREAM_BYTES } from '../../../src/quic/limits.ts'
import { SentFrame, SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { StreamManager } from '../../../src/quic/streams/stream-manager.ts'
import type { ConnectionEvent } from '../../../src/quic/transport.ts'
import { decodeTransportParameters } from '../../../src/quic/wire/index.ts'

const test = suite('quic/streams/stream-manager')
const { streamStateError, streamLimitError, flowControlError } = TransportErrorCode

class Manager {
  readonly events = new Deque<ConnectionEvent>()
  readonly streams: StreamManager

  constructor(config: Partial<TransportConfig> = {}, peer: { maxData?: number } = {}) {
    this.streams = new StreamManager(false, { ...defaultTransportConfig, ...config }, this.events)
    this.streams.onPeerParameters({
      ...decodeTransportParameters(new Uint8Array(0), false),
      initialMaxData: peer.maxData ?? 1e9,
      initialMaxStreamDataBidiLocal: 1e9,
      initialMaxStreamDataBidiRemote: 1e9,
      initialMaxStreamDataUni: 1e9,
      initialMaxStreamsBidi: 10,
      initialMaxStreamsUni: 10,
    })
  }

  take(): ConnectionEvent[] {
    const events: ConnectionEvent[] = []
    for (let event = this.events.shift(); event; event = this.events.shift()) events.push(event)
    return events
  }

  /** One packet of control frames and stream data, as what it records. */
  packet(size = 1200): SentPacket {
    const packet = new SentPacket()
    const writer = new Writer(new Uint8Array(size))
    if (this.streams.output.hasControl) this.streams.output.writeControl(writer, packet, 1000, 50)
    if (this.streams.output.hasStreamData) this.streams.output.writeStreams(writer, packet)
    return packet
  }

  acknowledge(packet: SentPacket): void {
    for (let i = 0; i < packet.frameCount; i++) {
      const kind = packet.frame(i, 0)
      if (kind === SentFrame.stream || kind === SentFrame.resetStream)
        this.streams.output.onAcked(packet, i)
    }
  }

  lose(packet: SentPacket): void {
    for (let i = 0; i < packet.frameCount; i++) this.streams.output.onLost(packet, i)
  }
}

function kinds(packet: SentPacket): number[] {
  return Array.from({ length: packet.frameCount }, (_, i) => packet.frame(i, 0))
}

const bytes = (length: number) => new Uint8Array(length)

/** Every frame that names a stream. */
const frames: Record<string, (streams: StreamManager, id: number) => void> = {
  STREAM: (streams, id) => streams.onStreamData(id, 0, bytes(1), false),
  RESET_STREAM: (streams, id) => streams.onReset(id, 0, 0),
  STREAM_DATA_BLOCKED: (streams, id) => streams.onStreamDataBlocked(id),
  STOP_SENDING: (streams, id) => streams.onStopSending(id, 0),
  MAX_STREAM_DATA: (streams, id) => streams.onMaxStreamData(id, 10),
}
const fromSender = new Set(['STREAM', 'RESET_STREAM', 'STREAM_DATA_BLOCKED'])

for (const [name, send] of Object.entries(frames)) {
  const refuses = (id: number, code: number) =>
    assert.throws(
      () => send(new Manager({ initialMaxStreamsBidi: 3, initialMaxStreamsUni: 3 }).streams, id),
      (error: { code: number }) => error.code === code,
      `${name} on ${id}`,
    )

  test(`${name} on a stream of ours that was never opened is a STREAM_STATE_ERROR`, () => {
    refuses(1, streamStateError)
    refuses(3, streamStateError)
  })

  test(`${name} in the wrong direction is a STREAM_STATE_ERROR`, () => {
    const { streams } = new Manager()
    streams.open('uni')
    const wrong = fromSender.has(name) ? 3 : 2
    assert.throws(
      () => send(streams, wrong),
      (error: { code: number }) => error.code === streamStateError,
    )
  })

  test(`${name} on a stream beyond the limit is a STREAM_LIMIT_ERROR`, () => {
    refuses(4 * 3, streamLimitError)
    refuses(4 * 2 ** 50, streamLimitError)
    if (fromSender.has(name)) refuses(4 * 3 + 2, streamLimitError)
  })

  test(`${name} opens a stream of the peer, and only that one`, () => {
    const manager = new Manager()
    send(manager.streams, 4 * 7)
    assert.equal(manager.take()[0], { type: 'streamOpened', id: 28 })
    assert.is(manager.streams.openCount, 1)
  })

  test(`${name} on a stream that is over changes nothing`, () => {
    const manager = new Manager()
    manager.streams.onReset(0, 0, 0)
    manager.streams.reset(0, 0)
    manager.acknowledge(manager.packet())
    assert.is(manager.streams.openCount, 0)
    manager.take()
    send(manager.streams, 0)
    assert.equal(manager.take(), [])
    assert.is(manager.streams.openCount, 0)
  })
}

test('readable is told once until the reader has run dry', () => {
  const manager = new Manager()
  manager.streams.onStreamData(0, 0, bytes(5), false)
  manager.streams.onStreamData(0, 5, bytes(5), false)
  assert.equal(manager.take(), [
    { type: 'streamOpened', id: 0 },
    { type: 'streamReadable', id: 0 },
  ])
  while (manager.streams.read(0) !== undefined);
  manager.streams.onStreamData(0, 10, bytes(1), false)
  assert.equal(manager.take(), [{ type: 'streamReadable', id: 0 }])
})

test('the credit of the connection is shared by all streams, and unread bytes hold it', () => {
  const manager = new Manager({ initialMaxData: 100, initialMaxStreamData: 80 })
  manager.streams.onStreamData(0, 0, bytes(80), false)
  manager.streams.onStreamData(4, 0, bytes(20), false)
  assert.throws(
    () => manager.streams.onStreamData(8, 0, bytes(1), false),
    (error: { code: number }) => error.code === flowControlError,
  )
})

test('a high offset is not credited before the bytes below it were read', () => {
  const manager = new Manager({ initialMaxData: 100, initialMaxStreamData: 100 })
  manager.streams.onStreamData(0, 99, bytes(1), false)
  manager.streams.read(0)
  assert.is(manager.streams.output.hasControl, false)
})

test('bytes of a reset stream are credited to the connection once', () => {
  const manager = new Manager({ initialMaxData: 100, initialMaxStreamData: 100 })
  manager.streams.onStreamData(2, 0, bytes(40), false)
  manager.streams.onReset(2, 9, 60)
  manager.streams.onReset(2, 9, 60)
  assert.equal(kinds(manager.packet()), [SentFrame.maxData])
  // 60 consumed: the limit is 160 now, and the peer has used 60 of it.
  manager.streams.onStreamData(6, 0, bytes(100), false)
  assert.throws(
    () => manager.streams.onStreamData(10, 0, bytes(1), false),
    (error: { code: number }) => error.code === flowControlError,
  )
})

test('bytes of a stopped stream are credited as they come', () => {
  const manager = new Manager({ initialMaxData: 100, initialMaxStreamData: 1000 })
  manager.streams.onStreamData(2, 0, bytes(10), false)
  manager.streams.stopSending(2, 5)
  for (let offset = 10; offset < 500; offset += 30) {
    manager.streams.onStreamData(2, offset, bytes(30), false)
    manager.packet()
  }
  assert.equal(
    manager.take().map(({ type }) => type),
    ['streamOpened', 'streamReadable'],
  )
})

test('STOP_SENDING is answered with RESET_STREAM of the same code, once', () => {
  const manager = new Manager()
  const id = manager.streams.open('bidi')!
  manager.streams.write(id, bytes(10), false)
  manager.packet()
  manager.streams.onStopSending(id, 77)
  manager.streams.onStopSending(id, 78)
  assert.equal(manager.take(), [{ type: 'streamStopped', id, errorCode: 77 }])
  assert.equal(kinds(manager.packet()), [SentFrame.resetStream])
  assert.is(manager.streams.write(id, bytes(10), true), true, 'dropped')
  assert.equal(kinds(manager.packet()), [])
})

test('a stream is closed when both sides are over, and its place is given back', () => {
  const manager = new Manager({ initialMaxStreamsBidi: 1 })
  manager.streams.onStreamData(0, 0, bytes(3), true)
  manager.streams.write(0, bytes(3), true)
  manager.acknowledge(manager.packet())
  assert.is(manager.streams.openCount, 1)
  manager.streams.read(0)
  assert.is(manager.streams.readFinished(0), true)
  assert.equal(manager.take().pop(), { type: 'streamClosed', id: 0 })
  assert.equal(kinds(manager.packet()), [SentFrame.maxStreams])
  manager.streams.onStreamData(4, 0, bytes(3), true)
})

test('streams take turns: each packet carries something of several', () => {
  const manager = new Manager()
  const ids = [0, 1, 2].map(() => manager.streams.open('uni')!)
  for (const id of ids) manager.streams.write(id, bytes(10_000), false)
  const firsts = [0, 1, 2].map(() => manager.packet(1000).frame(0, 1))
  assert.equal(new Set(firsts), new Set(ids))
})

test('what is lost of every kind of frame is said again while it is true', () => {
  const manager = new Manager({ initialMaxData: 100, initialMaxStreamData: 60 }, { maxData: 10 })
  const id = manager.streams.open('bidi')!
  manager.streams.write(id, bytes(50), false)
  manager.streams.onStreamData(2, 0, bytes(40), false)
  while (manager.streams.read(2) !== undefined);
  manager.streams.onStreamData(6, 0, bytes(20), false)
  while (manager.streams.read(6) !== undefined);
  manager.streams.stopSending(6, 1)
  const ownUni = manager.streams.open('uni')!
  manager.streams.reset(ownUni, 3)
  const first = manager.packet()
  const second = manager.packet()
  const said = [...kinds(first), ...kinds(second)].sort((a, b) => a - b)
  assert.equal(said, [
    SentFrame.stream,
    SentFrame.resetStream,
    SentFrame.stopSending,
    SentFrame.maxData,
    SentFrame.maxStreamData,
    SentFrame.dataBlocked,
  ])
  manager.lose(first)
  manager.lose(second)
  const again = [...kinds(manager.packet()), ...kinds(manager.packet())].sort((a, b) => a - b)
  assert.equal(again, said)
})

test('a blocked stream says so once and goes on when there is credit', () => {
  const manager = new Manager({}, { maxData: 10 })
  const id = manager.streams.open('uni')!
  manager.streams.write(id, bytes(30), true)
  assert.equal(kinds(manager.packet()), [SentFrame.stream])
  assert.equal(kinds(manager.packet()), [SentFrame.dataBlocked])
  assert.equal(kinds(manager.packet()), [])
  manager.streams.onMaxData(30)
  const rest = manager.packet()
  assert.is(rest.frame(0, 3), 20 * 2 + 1)
})

test('a writer waits above the high water mark and is asked when half of it has gone', () => {
  const manager = new Manager({ sendBufferHighWaterMark: 2000 })
  const id = manager.streams.open('uni')!
  assert.is(manager.streams.write(id, bytes(2000), false), true)
  assert.is(manager.streams.write(id, bytes(1), false), false)
  manager.packet(500)
  assert.equal(manager.take(), [])
  manager.packet(1000)
  assert.equal(manager.take(), [{ type: 'streamWritable', id }])
})

test('a peer that never acknowledges the first packet makes the writer wait, not the memory grow', () => {
  const manager = new Manager()
  const id = manager.streams.open('uni')!
  manager.streams.write(id, bytes(1000), false)
  const first = manager.packet(500)
  const chunk = bytes(64 * 1024)
  let taken = 0
  while (manager.streams.write(id, chunk, false)) {
    taken += chunk.length
    assert.ok(taken <= MAX_RETAINED_STREAM_BYTES, 'it is never told to wait')
    while (manager.streams.output.hasStreamData) manager.acknowledge(manager.packet(9000))
  }
  while (manager.streams.output.hasStreamData) manager.acknowledge(manager.packet(9000))
  assert.equal(manager.take(), [])
  manager.acknowledge(first)
  assert.equal(manager.take(), [{ type: 'streamWritable', id }])
})

test('misuse by the application is a RangeError', () => {
  const manager = new Manager()
  assert.throws(() => manager.streams.write(1, bytes(1), false), RangeError)
  manager.streams.onStreamData(2, 0, bytes(1), false)
  assert.throws(() => manager.streams.write(2, bytes(1), false), RangeError)
  const id = manager.streams.open('uni')!
  manager.streams.write(id, bytes(1), true)
  assert.throws(() => manager.streams.write(id, bytes(1), false), RangeError)
})

test('streams become available when the peer allows more', () => {
  const manager = new Manager()
  for (let i = 0; i < 10; i++) assert.type(manager.streams.open('uni'), 'number')
  assert.equal(kinds(manager.packet()), [])
  assert.is(manager.streams.open('uni'), undefined)
  assert.equal(kinds(manager.packet()), [SentFrame.streamsBlocked])
  assert.is(manager.streams.onMaxStreams('uni', 10), false)
  assert.is(manager.streams.onMaxStreams('uni', 11), true)
  assert.equal(manager.take(), [{ type: 'streamsAvailable', kind: 'uni' }])
  assert.is(manager.streams.open('uni'), 43)
})

test.run()
