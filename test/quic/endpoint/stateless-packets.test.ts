import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { INVALID_TOKEN } from '../../../src/quic/endpoint/initial-refusal.ts'
import { StatelessPackets } from '../../../src/quic/endpoint/stateless-packets.ts'
import { DatagramBatch } from '../../../src/quic/index.ts'
import { STATELESS_BURST, STATELESS_RATE_PER_SECOND } from '../../../src/quic/limits.ts'
import {
  PacketHeader,
  PacketType,
  readRetry,
  readVersionNegotiation,
} from '../../../src/quic/wire/index.ts'
import { Random } from '../../../src/sim/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { CLIENT, SERVER } from '../support/pair.ts'
import { headerOf, rawInitial } from '../support/raw-packets.ts'

const test = suite('quic/endpoint/stateless-packets')
const TOKEN = new Uint8Array(16).fill(7)

function create(): StatelessPackets {
  const random = new Random(1)
  return new StatelessPackets({
    crypto: nodeCrypto,
    randomBytes: (length) => random.randomBytes(length),
  })
}

function sent(packets: StatelessPackets): Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (let more = true; more; ) {
    const batch = new DatagramBatch(4, () => new Uint8Array(1500))
    more = packets.transmit(batch)
    for (let i = 0; i < batch.count; i++) {
      assert.is(batch.remotes[i], CLIENT)
      datagrams.push(batch.datagrams[i]!)
    }
  }
  return datagrams
}

test('a stateless reset looks like a short packet, ends in its token and is shorter than what provoked it', () => {
  for (let trigger = 0; trigger < 100; trigger++) {
    const packets = create()
    packets.reset(TOKEN, trigger, CLIENT, SERVER, 1000)
    const [datagram] = sent(packets)
    if (trigger < 22) {
      assert.is(datagram, undefined, `to ${trigger} bytes`)
      continue
    }
    assert.ok(datagram!.length < trigger && datagram!.length >= 21 && datagram!.length <= 42)
    assert.is(datagram![0]! >> 6, 1)
    assert.equal(datagram!.subarray(-16), TOKEN)
  }
})

test('two endpoints that reset each other stop', () => {
  const packets = create()
  let length = 1200
  let turns = 0
  for (; ; turns++) {
    packets.reset(TOKEN, length, CLIENT, SERVER, 1000)
    const [datagram] = sent(packets)
    if (datagram === undefined) break
    length = datagram.length
  }
  assert.ok(turns <= 22, `${turns} turns`)
})

test('resets and Version Negotiation share one rate', () => {
  const packets = create()
  const header = new PacketHeader()
  for (let i = 0; i < STATELESS_BURST; i++) {
    packets.reset(TOKEN, 100, CLIENT, SERVER, 1000)
    packets.negotiateVersion(header, CLIENT, SERVER, 1000)
  }
  assert.is(sent(packets).length, STATELESS_BURST)
  assert.is(packets.isEmpty, true)
  for (let i = 0; i < 500; i++) packets.reset(TOKEN, 100, CLIENT, SERVER, 2000)
  assert.is(sent(packets).length, STATELESS_RATE_PER_SECOND)
})

test('Version Negotiation swaps the ids, whatever their length, and offers ours and a reserved version', () => {
  const packets = create()
  const header = new PacketHeader()
  header.destinationConnectionId = new Uint8Array(255).fill(1)
  header.sourceConnectionId = new Uint8Array(255).fill(2)
  packets.negotiateVersion(header, CLIENT, SERVER, 1000)
  const [datagram] = sent(packets)
  const answer = headerOf(datagram!)
  assert.equal(answer.destinationConnectionId, header.sourceConnectionId)
  assert.equal(answer.sourceConnectionId, header.destinationConnectionId)
  const versions = readVersionNegotiation(datagram!, answer)!
  assert.is(versions.includes(1), true)
  const reserved = versions.filter((version) => (version & 0x0f0f0f0f) === 0x0a0a0a0a)
  assert.is(reserved.length, 1)
})

const ORIGINAL = new Uint8Array(18).fill(1)
const SOURCE = new Uint8Array(20).fill(2)
const CHOSEN = new Uint8Array(8).fill(3)

/** A client's Initial with a token. */
function initial(): Uint8Array {
  const ids = { original: ORIGINAL, destination: ORIGINAL, source: SOURCE }
  return rawInitial('client', ids, 0, Uint8Array.of(1, 0, 0, 0), 1200, TOKEN)
}

test('a Retry comes from the id that was chosen, is tagged for the id that it answers, and is small', () => {
  const packets = create()
  packets.retry(headerOf(initial()), CHOSEN, TOKEN, CLIENT, SERVER)
  const [datagram] = sent(packets)
  const retry = headerOf(datagram!)
  assert.is(retry.type, PacketType.retry)
  assert.equal(retry.destinationConnectionId, SOURCE)
  assert.equal(retry.sourceConnectionId, CHOSEN)
  assert.equal(readRetry(nodeCrypto, datagram!, retry, ORIGINAL), TOKEN)
  assert.is(readRetry(nodeCrypto, datagram!, retry, CHOSEN), undefined)
  assert.ok(datagram!.length < 120, `${datagram!.length} bytes`)
})

test('refusals share the rate of resets', () => {
  const packets = create()
  for (let i = 0; i < STATELESS_BURST + 50; i++) {
    const datagram = initial()
    packets.refuse(datagram, headerOf(datagram), INVALID_TOKEN, CLIENT, SERVER, 1000)
  }
  packets.reset(TOKEN, 100, CLIENT, SERVER, 1000)
  assert.is(sent(packets).length, STATELESS_BURST)
})

test.run()
