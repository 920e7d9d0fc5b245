import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Path } from '../../../src/quic/connection/path.ts'
import type { ConnectionState } from '../../../src/quic/connection/state.ts'
import { SentPacket } from '../../../src/quic/recovery/sent-packets.ts'
import { CLIENT, Pair, type PairOptions, SERVER } from '../support/pair.ts'
import { stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection/state')
const NOW = 5000

function stateWith(options: PairOptions = {}): ConnectionState {
  const pair = Pair.connected({ clientOptions: { discoverPathMtu: true }, ...options })
  const state = stateOf(pair.client.connection)
  state.followPathMtu(NOW)
  return state
}

function packet(packetNumber: number, size: number, isMtuProbe = false): SentPacket {
  const packet = new SentPacket()
  packet.reset(packetNumber)
  packet.size = size
  packet.isMtuProbe = isMtuProbe
  return packet
}

/** Has the path in use carry datagrams of `size` bytes. */
function grow(state: ConnectionState, size: number): void {
  const { nextPacketNumber } = state.recovery.sent(2)
  state.recovery.pathMtu!.onAcked(packet(nextPacketNumber, size, true), NOW)
  state.followPathMtu(NOW)
}

function otherPath(): Path {
  return new Path({ ...SERVER, port: 444 }, CLIENT, true)
}

test('the path MTU is not sought for unless the endpoint says so', () => {
  const state = stateWith({ clientOptions: {} })
  assert.is(state.recovery.pathMtu, undefined)
  assert.is(state.path.mtu, undefined)
})

test('window, pacer and packets follow the path MTU', () => {
  const state = stateWith()
  assert.is(state.maxDatagramSize, 1200)
  grow(state, 9000)
  assert.is(state.maxDatagramSize, 9000)
  assert.is(state.recovery.congestion.congestionWindow, 18_000)
  assert.is(state.recovery['pacer'].maxDatagramSize, 9000)
})

test('each path begins with the configured size, and one that was in use is remembered', () => {
  const state = stateWith({ transport: { maxDatagramSize: 1300 } })
  const first = state.path
  grow(state, 1452)
  state.paths.active = otherPath()
  state.followPathMtu(NOW)
  assert.is(state.maxDatagramSize, 1300)
  state.paths.active = first
  state.followPathMtu(NOW)
  assert.is(state.maxDatagramSize, 1452)
})

test('what was sent on another path says nothing, and a probe of it is not waited for', () => {
  const state = stateWith()
  const { recovery, paths } = state
  const first = paths.active
  const sent = recovery.sent(2)
  const probe = packet(sent.nextPacketNumber, 1452, true)
  first.mtu!.onProbeSent()
  sent.skip()
  paths.active = otherPath()
  state.followPathMtu(NOW)
  for (const path of [paths.active, first]) {
    paths.active = path
    state.followPathMtu(NOW)
    recovery.pathMtu!.onAcked(probe, NOW)
    state.followPathMtu(NOW)
    assert.is(state.maxDatagramSize, 1200)
  }
  const { nextPacketNumber } = sent
  for (let i = 0; i < 8; i++) first.mtu!.onAcked(packet(nextPacketNumber + i, 1200), NOW)
  assert.is(first.mtu!.dueProbe(NOW), 1452)
})

test('in a black hole datagrams are of 1,200 bytes again, and the window stays', () => {
  const state = stateWith()
  grow(state, 9000)
  const { mtu } = state.path
  for (let n = 1000; n < 1003; n++) mtu!.onLost(packet(n, 9000), n + 1, NOW)
  state.followPathMtu(NOW)
  assert.is(state.maxDatagramSize, 1200)
  assert.is(state.recovery['pacer'].maxDatagramSize, 1200)
  assert.is(state.recovery.congestion.congestionWindow, 18_000)
})

test.run()
