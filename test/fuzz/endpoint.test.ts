import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Writer, writeVarint } from '../../src/bytes/index.ts'
import { TransportErrorCode } from '../../src/quic/index.ts'
import type { Random } from '../../src/sim/index.ts'
import { FROM_CLIENT, FROM_SERVER, Pair, type Side } from '../quic/support/pair.ts'
import { rawHandshake, rawOneRtt } from '../quic/support/raw-packets.ts'
import { fuzz, mutate } from './fuzz.ts'

const test = suite('fuzz/endpoint')

/** What somebody on the path could make of a datagram that passes. */
function noiseOf(datagram: Uint8Array, random: Random, seen: Uint8Array[]): Uint8Array {
  switch (random.int(6)) {
    case 0:
      return random.randomBytes(random.int(1500))
    case 1:
      return Uint8Array.of(...datagram, ...seen[random.int(seen.length)]!)
    case 2: {
      const other = seen[random.int(seen.length)]!
      return Uint8Array.of(
        ...datagram.subarray(0, random.int(60)),
        ...other.subarray(random.int(60)),
      )
    }
    case 3:
      return seen[random.int(seen.length)]!
    default:
      return mutate(datagram, random)
  }
}

/** Version Negotiation and Retry are not authentic: whoever sees the first Initial can forge them. */
function canBeForged(datagram: Uint8Array): boolean {
  if (datagram.length < 5 || (datagram[0]! & 0x80) === 0) return false
  const version = new DataView(datagram.buffer, datagram.byteOffset).getUint32(1)
  return version === 0 || (datagram[0]! & 0x30) === 0x30
}

fuzz(test, 'noise on the path ends no connection and loses no byte', 150, (random, seed) => {
  const pair = new Pair({ seed: seed + 1 })
  const seen: Uint8Array[] = []
  pair.filter = (datagram, direction) => {
    seen.push(datagram.slice())
    for (let n = random.int(3); n > 0; n--) {
      const noise = noiseOf(datagram, random, seen)
      if (canBeForged(noise)) continue
      if (direction === 'toServer') pair.server.endpoint.receive(noise, FROM_CLIENT, pair.now)
      else pair.client.endpoint.receive(noise, FROM_SERVER, pair.now)
    }
    return random.chance(0.1) ? undefined : datagram
  }
  const { client, server } = pair
  pair.run(60_000, () => client.connection.handshakeConfirmed)
  assert.is(client.closeInfo, undefined)
  const id = client.connection.openStream('bidi')!
  const sent = random.randomBytes(20_000)
  client.connection.write(id, sent, true)
  const received: number[] = []
  pair.run(60_000, () => {
    // Noise may begin connections of its own: the one that is complete is ours.
    const ours = server.connections.find((c) => c.handshakeConfirmed)
    for (let part = ours?.read(id); part !== undefined; part = ours?.read(id))
      received.push(...part)
    return received.length >= sent.length
  })
  assert.equal(Uint8Array.from(received), sent)
  assert.ok(server.endpoint.connectionCount <= 1 + seen.length / 2)
})

const INTERESTING = [0, 1, 2, 3, 63, 64, 1199, 1200, 16_383, 16_384, 2 ** 30, 2 ** 53 - 1]

function randomFrames(random: Random): Uint8Array {
  const writer = Writer.growable()
  for (let n = 1 + random.int(4); n > 0; n--) {
    // RFC 9000 §19, and a few types that do not exist.
    writer.u8(random.chance(0.95) ? random.int(0x20) : random.int(256))
    for (let fields = random.int(6); fields > 0; fields--) {
      const value = random.chance(0.7)
        ? INTERESTING[random.int(INTERESTING.length)]!
        : random.int(2 ** 31)
      const bytes = new Uint8Array(8)
      writer.put(bytes.subarray(0, writeVarint(bytes, 0, value)))
    }
    if (random.chance(0.4)) writer.put(random.randomBytes(random.int(40)))
  }
  return writer.written()
}

/** What a peer sends is its own fault; a CONNECTION_CLOSE may name any code. */
function assertOwnError({ closeInfo }: Side): void {
  if (closeInfo === undefined || closeInfo.remote) return
  const { errorCode, cause } = closeInfo
  assert.is.not(errorCode, TransportErrorCode.internalError, String(cause?.stack))
}

for (const role of ['client', 'server'] as const) {
  fuzz(
    test,
    `an authenticated ${role} gets an error of its own, never ours`,
    400,
    (random, seed) => {
      const pair = Pair.connected({ seed: seed + 1 })
      const [from, to] = role === 'client' ? [pair.client, pair.server] : [pair.server, pair.client]
      const meta = role === 'client' ? FROM_CLIENT : FROM_SERVER
      for (let i = 0; i < 20 && to.closeInfo === undefined && from.closeInfo === undefined; i++) {
        to.endpoint.receive(rawOneRtt(from.connection, randomFrames(random)), meta, pair.now)
        if (random.chance(0.5)) {
          const id = to.connection.openStream('bidi')
          if (id !== undefined) to.connection.write(id, new Uint8Array(random.int(3000)), false)
        }
        to.drain()
        pair.now += random.int(100)
        // What it answers goes nowhere: the hostile side does not listen.
        pair.flush(to)
        to.endpoint.onTimeout(pair.now)
      }
      assertOwnError(to)
    },
  )
}

fuzz(test, 'frames in the handshake get an error of their own too', 200, (random, seed) => {
  const pair = new Pair({ seed: seed + 1 })
  pair.deliver(pair.flush(pair.client), 'toServer')
  pair.deliver(pair.flush(pair.server), 'toClient')
  const { client, server } = pair
  for (let i = 0; i < 10 && server.closeInfo === undefined; i++) {
    const datagram = rawHandshake(client.connection, randomFrames(random))
    server.endpoint.receive(datagram, FROM_CLIENT, pair.now)
    server.drain()
    pair.flush(server)
  }
  assertOwnError(server)
})

test.run()
