import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Path } from '../../../src/quic/connection/path.ts'
import { Paths } from '../../../src/quic/connection/paths.ts'
import { MAX_PATHS } from '../../../src/quic/limits.ts'
import { SourcePorts } from '../../../src/quic/source-ports.ts'
import { Random } from '../../../src/sim/index.ts'
import { CLIENT, FROM_CLIENT, SERVER } from '../support/pair.ts'

const test = suite('quic/connection/paths')
const NOW = 1000

function create() {
  const random = new Random(1)
  const first = new Path(CLIENT, SERVER, true)
  return {
    first,
    paths: new Paths(first, (length) => random.randomBytes(length), new SourcePorts()),
  }
}

const from = (port: number) => ({ ...FROM_CLIENT, remote: { ...CLIENT, port } })

test('where the peer may not move, another address is not heard', () => {
  const { first, paths } = create()
  assert.is(paths.select(from(7), false, NOW), false)
  assert.is(paths.receiving, first)
  assert.is(paths.select(from(CLIENT.port), false, NOW), true)
})

test('a packet from elsewhere that is not the newest, or only probes, moves nothing', () => {
  const { first, paths } = create()
  paths.select(from(7), true, NOW)
  assert.is(paths.onPacket(false), undefined)
  assert.is(paths.active, first)
})

test('a move is one of port or of address, and both paths are tried', () => {
  const { first, paths } = create()
  paths.select(from(7), true, NOW)
  assert.is(paths.onPacket(true), 'port')
  assert.is(paths.active.remote.port, 7)
  assert.is(paths.active.challengePending, true)
  assert.is(first.challengePending, true)
  paths.select({ ...FROM_CLIENT, remote: { address: '10.0.0.77', port: 7 } }, true, NOW)
  assert.is(paths.onPacket(true), 'address')
})

test('datagrams that were not authentic leave no path behind', () => {
  const { paths } = create()
  for (let port = 1; port < 1000; port++) paths.select(from(port), true, NOW)
  paths.select(from(CLIENT.port), true, NOW)
  assert.is(paths.nextTimeout(), undefined)
  assert.is(paths.nextToProbe(0), undefined)
})

test('no more paths are kept than the cap, and the one in use is among them', () => {
  const { paths } = create()
  for (let port = 1; port < 100; port++) {
    paths.select(from(port), true, NOW)
    paths.onPacket(port % 7 === 0)
    let known = 0
    for (let i = 0; i < 10; i++) {
      const path = paths.nextToProbe(Number.NEGATIVE_INFINITY)
      if (path === undefined) break
      path.takeChallenge(1000, 100)
      known++
    }
    assert.ok(known <= MAX_PATHS, `${known} paths to probe`)
  }
  assert.is(paths.active.remote.port, 98)
})

test('a path that fails is left for the last that was proven', () => {
  const { first, paths } = create()
  paths.select(from(7), true, NOW)
  paths.onPacket(true)
  const data = first.takeChallenge(1000, 100)!
  first.onResponse(data)
  for (let now = 1000, i = 0; paths.active !== first; i++) {
    assert.ok(i < 20)
    paths.active.takeChallenge(now, 100)
    now = paths.nextTimeout()!
    paths.onTimeout(now)
  }
  assert.is(paths.active, first)
})

test('a proven path is not pushed out by those that are only tried', () => {
  const { first, paths } = create()
  for (let port = 20_000; port < 20_100; port++) {
    paths.select(from(port), true, NOW)
    paths.onPacket(true)
  }
  for (let now = NOW, i = 0; paths.active !== first; i++) {
    assert.ok(i < 20, 'the first path is found again')
    paths.active.takeChallenge(now, 100)
    now = paths.nextTimeout()!
    paths.onTimeout(now)
  }
  paths.select(from(CLIENT.port), false, NOW)
  assert.is(paths.receiving, first)
})

test('where nobody but a service that reflects can be, there is no path', () => {
  const { paths } = create()
  assert.is(paths.select(from(53), true, NOW), false)
  assert.is(paths.select(from(0), true, NOW), false)
  assert.is(paths.receiving, paths.active)
})

test.run()
