import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeCryptoHeader } from '../../../src/quic/wire/index.ts'
import { Random } from '../../../src/sim/index.ts'
import { Pair } from '../support/pair.ts'
import { frames, headerOf, openInitial, rawInitial, stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection/handshake')

/** The ClientHello in an Initial whose payload begins with one CRYPTO frame. */
function clientHello(payload: Uint8Array): Uint8Array {
  assert.equal([...payload.subarray(0, 2)], [6, 0])
  const length = ((payload[2]! & 0x3f) << 8) | payload[3]!
  return payload.slice(4, 4 + length)
}

test('a ClientHello in many pieces, in any order and with overlaps, is understood', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed)
    const pair = new Pair()
    const [first] = pair.flush(pair.client)
    const { destinationConnectionId: original, sourceConnectionId: source } = headerOf(first!)
    const hello = clientHello(openInitial('client', original, first!))
    const pieces: { from: number; to: number }[] = []
    for (let at = 0; at < hello.length; ) {
      const to = Math.min(hello.length, at + 1 + random.int(80))
      pieces.push({ from: Math.max(0, at - random.int(10)), to })
      at = to
    }
    pieces.sort(() => random.next() - 0.5)
    const payload = frames(
      ...pieces.map(({ from, to }) => (writer: Parameters<typeof writeCryptoHeader>[0]) => {
        writeCryptoHeader(writer, from, to - from)
        writer.put(hello.subarray(from, to))
      }),
    )
    const ids = { original, destination: original, source }
    const datagram = rawInitial('client', ids, 0, payload)
    pair.deliver([datagram], 'toServer')
    pair.deliver(pair.flush(pair.server), 'toClient')
    pair.settle()
    assert.is(pair.client.connection.handshakeConfirmed, true, `seed ${seed}`)
  }
})

test('keys of each level are there when they are needed and gone afterwards', () => {
  const pair = Pair.connected()
  for (const { connection } of [pair.client, pair.server]) {
    const { handshake } = stateOf(connection)
    assert.is(handshake.initialKeys.discarded, true)
    assert.is(handshake.handshakeKeys.discarded, true)
    assert.is.not(handshake.oneRttKeys, undefined)
    assert.is(handshake.complete && handshake.confirmed, true)
  }
})

test('key log lines come only where they are asked for', () => {
  assert.is(Pair.connected().client.eventsOf('keyLog').length, 0)
  const lines = Pair.connected({ client: { transport: { keyLog: true } } })
    .client.eventsOf('keyLog')
    .map(({ line }) => line.split(' ')[0])
  assert.is(lines.includes('CLIENT_TRAFFIC_SECRET_0'), true)
  assert.is(lines.includes('SERVER_HANDSHAKE_TRAFFIC_SECRET'), true)
})

test.run()
