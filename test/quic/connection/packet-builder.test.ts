import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PacketType } from '../../../src/quic/wire/index.ts'
import { datagramsOf, Pair } from '../support/pair.ts'
import { headerOf, openInitial, packetTypes, stateOf } from '../support/raw-packets.ts'

const test = suite('quic/connection/packet-builder')

test('every Initial of a client, and every Initial of a server that asks for an ACK, fills 1200 bytes', () => {
  const pair = Pair.connected()
  for (const datagram of pair.client.sent)
    if (packetTypes(datagram)[0] === PacketType.initial) assert.ok(datagram.length >= 1200)
  const [first] = pair.server.sent
  assert.is(packetTypes(first!)[0], PacketType.initial)
  assert.ok(first!.length >= 1200)
})

test('the first flights are coalesced: ServerHello with what follows it, Finished with data', () => {
  const pair = new Pair()
  pair.deliver(pair.flush(pair.client), 'toServer')
  const flight = pair.flush(pair.server)
  assert.equal(packetTypes(flight[0]!), [PacketType.initial, PacketType.handshake])
  pair.deliver(flight, 'toClient')
  const id = pair.client.connection.openStream('bidi')!
  pair.client.connection.write(id, Uint8Array.of(1), true)
  const answer = pair.flush(pair.client)
  assert.is(packetTypes(answer[0]!).includes(PacketType.oneRtt), true)
})

test('padding is zeros, whatever the buffer held before', () => {
  const pair = new Pair()
  const [first] = pair.flush(pair.client)
  const payload = openInitial('client', headerOf(first!).destinationConnectionId, first!)
  const crypto = 4 + ((payload[2]! & 0x3f) << 8) + payload[3]!
  assert.is(payload[0], 6)
  assert.equal(payload.subarray(crypto), new Uint8Array(payload.length - crypto))
})

test('no datagram is larger than either side wants', () => {
  for (const [client, server, most] of [
    [1200, 9000, 1200],
    [1500, 9000, 1500],
    [9000, 1300, 1300],
  ] as const) {
    const pair = new Pair({
      client: { transport: { maxDatagramSize: client } },
      server: { transport: { maxDatagramSize: server } },
    })
    pair.settle()
    const id = pair.client.connection.openStream('bidi')!
    pair.client.connection.write(id, new Uint8Array(100_000), true)
    pair.run(5000)
    const longest = Math.max(...pair.client.sent.map(({ length }) => length))
    assert.ok(longest <= client, `${longest} of ${most}`)
    assert.ok(Math.max(...pair.server.sent.map(({ length }) => length)) <= server)
  }
})

test('the smallest packets are large enough for header protection', () => {
  const pair = Pair.connected()
  pair.client.connection.ping()
  for (const datagram of pair.flush(pair.client)) {
    // First byte, connection id, then 4 bytes of number and payload, 16 of tag.
    assert.ok(datagram.length >= 1 + 8 + 4 + 16)
    pair.deliver([datagram], 'toServer')
  }
  pair.settle()
  assert.is(pair.server.connection.closed, false)
})

test('what is in flight never exceeds the window but for probes', () => {
  const pair = Pair.connected()
  const { connection } = pair.client
  const id = connection.openStream('uni')!
  connection.write(id, new Uint8Array(1_000_000), false)
  for (let i = 0; i < 20; i++) {
    datagramsOf(pair.client.endpoint, pair.now)
    pair.now += 1
    pair.client.endpoint.onTimeout(pair.now)
  }
  const { bytesInFlight, congestionWindow } = connection.stats
  assert.ok(bytesInFlight <= congestionWindow)
  assert.ok(bytesInFlight > congestionWindow - 2400)
})

test('who never gets an acknowledgment keeps no more than a window and probes', () => {
  const pair = Pair.connected({ transport: { maxIdleTimeout: 0 } })
  const { connection } = pair.client
  const id = connection.openStream('uni')!
  connection.write(id, new Uint8Array(1_000_000), false)
  pair.filter = () => undefined
  pair.run(600_000)
  const sent = stateOf(connection).recovery.sent(2)
  assert.ok(sent.nextPacketNumber - sent.oldest < 10 + 2 * 20 + 5)
  assert.is(pair.client.closeInfo, undefined)
})

test('a transfer leaves packet numbers out, and the peer is not disturbed', () => {
  const pair = Pair.connected()
  const id = pair.client.connection.openStream('uni')!
  pair.client.connection.write(id, new Uint8Array(900_000), true)
  let read = 0
  const takeAll = () => {
    const before = read
    for (
      let bytes = pair.server.connection.read(id);
      bytes;
      bytes = pair.server.connection.read(id)
    )
      read += bytes.length
    pair.settle()
    return read > before
  }
  pair.run(60_000, () => {
    while (takeAll());
    return read === 900_000
  })
  assert.is(read, 900_000)
  const { recovery, stats } = stateOf(pair.client.connection)
  const numbers = recovery.sent(2).nextPacketNumber
  assert.ok(numbers > 500)
  assert.ok(stats.packetsSent < numbers + recovery.sent(0).nextPacketNumber + 2)
  assert.is(pair.client.closeInfo, undefined)
})

test('a probe of the path MTU has exactly its size: PING and PADDING, which the peer acknowledges', () => {
  const pair = Pair.connected({ clientOptions: { discoverPathMtu: true } })
  const { connection } = pair.client
  const { recovery } = stateOf(connection)
  for (const size of [1201, 1472, 9000]) {
    const buffer = new Uint8Array(9000).fill(0xaa)
    const received = pair.server.connection.stats.packetsReceived
    const length = connection['transmitter']['builder'].buildMtuProbe(buffer, size, pair.now)
    assert.is(length, size)
    assert.is(recovery.bytesInFlight, size)
    pair.deliver([buffer.subarray(0, length)], 'toServer')
    assert.is(pair.server.connection.stats.packetsReceived, received + 1)
    pair.run(100)
    assert.is(recovery.bytesInFlight, 0)
    assert.equal(pair.server.closeInfo, undefined)
  }
})

test('probe packets of a timeout are no larger than every path carries', () => {
  const pair = Pair.connected({ transport: { maxDatagramSize: 4000 } })
  const { connection } = pair.client
  pair.filter = (datagram) => (datagram.length > 1200 ? undefined : datagram)
  connection.write(connection.openStream('uni')!, new Uint8Array(3000), true)
  const sentBefore = pair.client.sent.length
  pair.run(1000)
  const sizes = pair.client.sent.slice(sentBefore).map(({ length }) => length)
  assert.is(sizes[0]! > 3000, true)
  assert.ok(sizes.includes(1200), `${sizes}`)
})

test.run()
