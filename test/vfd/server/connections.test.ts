import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Deque } from '../../../src/bytes/index.ts'
import type { CloseInfo } from '../../../src/quic/index.ts'
import { Reactor } from '../../../src/reactor/index.ts'
import { SessionDirectory } from '../../../src/vfd/index.ts'
import { Connections } from '../../../src/vfd/server/connections.ts'
import { settingsOf } from '../../../src/vfd/server/options.ts'
import type { VfdSession } from '../../../src/vfd/server/session.ts'

const test = suite('vfd/server/connections')
const address = { address: '192.0.2.1', port: 1234 }

/** What a transport was told, and a session around it. */
function fakeSession(log: string[], streams = 0): VfdSession {
  const session = {
    remote: address,
    local: address,
    record: undefined,
    sessionId: 0,
    channel: -1,
    closeTimer: undefined,
    closeCode: 0,
    waiting: new Deque(),
    stats: { bytesReceived: 10, bytesSent: 20 },
    lastReceivedAt: performance.now(),
    unsentBytes: 0,
    activeStreams: streams,
    closed: false,
    connectedPump: {
      connection: { refuse: () => log.push('refused') },
      touch() {},
      drain: () => log.push('goaway'),
      close: (code: number) => log.push(`closed with ${code}`),
    },
  }
  return session as unknown as VfdSession
}

function setUp(maxConnections = 10) {
  const log: string[] = []
  const connections: Connections = new Connections(
    new SessionDirectory<VfdSession>({ maxConnections }),
    new Reactor(),
    settingsOf({}),
    {
      onConnect: ({ sessionId }) => log.push(`connect ${sessionId}`),
      onClose: ({ sessionId }, actively) => {
        log.push(`close ${sessionId} ${actively ? 'here' : 'there'}`)
        connections.acknowledge(sessionId)
      },
      onRequest: ({ sessionId }) => log.push(`request ${sessionId}`),
      onBufferFull: () => {},
      onBufferEmpty: () => {},
    },
  )
  return { log, connections }
}

/** A turn of the reactor. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const ends: readonly CloseInfo[] = [
  { kind: 'application', errorCode: 0x100, reason: '', remote: true },
  { kind: 'application', errorCode: 0x10c, reason: 'reset', remote: true },
  { kind: 'transport', errorCode: 0xa, reason: '', remote: false },
  { kind: 'idleTimeout', errorCode: 0, reason: '', remote: false },
  { kind: 'statelessReset', errorCode: 0, reason: '', remote: true },
]

for (const info of ends) {
  test(`an end by ${info.kind} ${info.errorCode} is told once, after the connect`, async () => {
    const { log, connections } = setUp()
    const session = fakeSession(log)
    connections.add(session)
    await turn()
    assert.equal(log, ['connect 1'])
    Object.assign(session, { closed: true })
    connections.onTransportClosed(session, info)
    await turn()
    assert.equal(log, ['connect 1', 'close 1 there'])
    assert.is(connections.directory.size, 0)
    assert.not(connections.close(1, true))
    connections.acknowledge(1)
    await turn()
    assert.is(log.length, 2)
  })
}

test('a connection that comes and goes within one turn has both, in order', async () => {
  const { log, connections } = setUp()
  const session = fakeSession(log)
  connections.add(session)
  connections.onRequest(session, {} as never)
  Object.assign(session, { closed: true })
  connections.onTransportClosed(session, ends[3]!)
  assert.equal(log, [])
  await turn()
  assert.equal(log, ['connect 1', 'request 1', 'close 1 there'])
})

test('the number is free only when the transport of an orderly close is over', async () => {
  const { log, connections } = setUp()
  const session = fakeSession(log, 1)
  connections.add(session)
  await turn()
  assert.ok(connections.close(1, false))
  assert.equal(log, ['connect 1', 'close 1 here', 'goaway'])
  assert.is(connections.directory.size, 1)
  assert.is(connections.open(1), undefined)
  Object.assign(session, { closed: true })
  connections.onTransportClosed(session, ends[0]!)
  await turn()
  assert.is(connections.directory.size, 0)
  assert.is(log.length, 3)
})

test('a reset waits for nothing', async () => {
  const { log, connections } = setUp()
  connections.add(fakeSession(log, 5))
  await turn()
  assert.ok(connections.close(1, true))
  assert.equal(log, ['connect 1', 'close 1 here', 'closed with 258'])
  assert.is(connections.directory.size, 0)
})

test('a reset overtakes an orderly close that waits', async () => {
  const { log, connections } = setUp()
  connections.add(fakeSession(log, 5))
  await turn()
  assert.ok(connections.close(1, false))
  assert.ok(connections.close(1, true))
  assert.equal(log.slice(1), ['close 1 here', 'goaway', 'closed with 258'])
  assert.is(connections.directory.size, 0)
})

test('who finds no room is refused and has no events', async () => {
  const { log, connections } = setUp(1)
  connections.add(fakeSession(log))
  const second = fakeSession(log)
  connections.add(second)
  connections.onTransportClosed(second, ends[0]!)
  await turn()
  assert.equal(log, ['refused', 'connect 1'])
})

test('bytes of connections that are gone still count', async () => {
  const { log, connections } = setUp()
  const session = fakeSession(log)
  connections.add(session)
  connections.add(fakeSession(log))
  await turn()
  assert.equal([connections.totalRecvBytes, connections.totalSendBytes], [20, 40])
  Object.assign(session, { closed: true })
  connections.onTransportClosed(session, ends[0]!)
  await turn()
  assert.equal([connections.totalRecvBytes, connections.totalSendBytes], [20, 40])
})

test.run()
