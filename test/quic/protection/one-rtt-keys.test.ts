import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import { TransportError, TransportErrorCode } from '../../../src/quic/errors.ts'
import { OneRttKeys } from '../../../src/quic/protection/index.ts'
import {
  PacketHeader,
  parsePacketHeader,
  VERSION_1,
  writeShortHeader,
} from '../../../src/quic/wire/index.ts'
import { cipherSuitesById, INITIAL_SUITE, nodeCrypto } from '../../../src/tls13/index.ts'

const test = suite('OneRttKeys')

const DCID = fromHex('c1d2e3f4')
const PTO = 100
const CLIENT_SECRET = new Uint8Array(32).fill(1)
const SERVER_SECRET = new Uint8Array(32).fill(2)
const NO_LIMITS = { confidentiality: 1e9, integrity: 1e9 }

/** One endpoint, with the header handling that a connection does. */
class Side {
  readonly keys: OneRttKeys
  readonly header = new PacketHeader()
  largestReceived = -1

  constructor(read: Uint8Array, write: Uint8Array, limits = NO_LIMITS) {
    this.keys = new OneRttKeys(nodeCrypto, INITIAL_SUITE, read, write, VERSION_1, limits)
  }

  send(packetNumber: number): Uint8Array {
    const writer = new Writer(new Uint8Array(100))
    writeShortHeader(writer, DCID, packetNumber, 2, this.keys.writePhase)
    writer.put(fromHex('0100'))
    writer.u16(packetNumber)
    const end = this.keys.seal(writer.bytes, 0, 5, 2, writer.position, packetNumber)
    return writer.bytes.slice(0, end)
  }

  /** Whether the packet was authentic. */
  receive(packet: Uint8Array, now = 0): boolean {
    const datagram = packet.slice()
    assert.ok(parsePacketHeader(datagram, 0, DCID.length, this.header))
    const payload = this.keys.open(datagram, this.header, this.largestReceived, now, PTO)
    if (payload === undefined) return false
    this.largestReceived = Math.max(this.largestReceived, this.header.packetNumber)
    assert.is(toHex(payload), `0100${this.header.packetNumber.toString(16).padStart(4, '0')}`)
    return true
  }
}

const pair = (limits = NO_LIMITS) => ({
  client: new Side(SERVER_SECRET, CLIENT_SECRET, limits),
  server: new Side(CLIENT_SECRET, SERVER_SECRET, limits),
})

const throwsCode = (code: number, body: () => void) => {
  try {
    body()
  } catch (error) {
    assert.instance(error, TransportError)
    if (error instanceof TransportError) assert.is(error.code, code)
    return
  }
  assert.unreachable('it should have thrown')
}

/** Both have sent, received and had acknowledged a packet of phase 0. */
const established = (limits = NO_LIMITS) => {
  const { client, server } = pair(limits)
  assert.ok(server.receive(client.send(0)))
  assert.ok(client.receive(server.send(0)))
  client.keys.onAcked(0)
  server.keys.onAcked(0)
  client.keys.onHandshakeConfirmed()
  server.keys.onHandshakeConfirmed()
  return { client, server }
}

test('packets are opened by the other side, in any order', () => {
  const { client, server } = pair()
  const packets = [0, 1, 2, 300].map((n) => client.send(n))
  for (const i of [1, 0, 3, 2]) assert.ok(server.receive(packets[i]!))
  assert.ok(client.receive(server.send(7)))
})

test('the packet of RFC 9001 §A.5 is sealed', () => {
  const chacha = cipherSuitesById([0x1303])[0]!
  const secret = fromHex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b')
  const keys = new OneRttKeys(nodeCrypto, chacha, secret, secret, VERSION_1)
  const packet = new Uint8Array(21)
  packet.set(fromHex('4200bff401'))
  keys.seal(packet, 0, 1, 3, 5, 654360564)
  assert.is(toHex(packet), '4cfe4189655e5cd55c41f69080575d7999c25a5bfb')
  const header = new PacketHeader()
  assert.ok(parsePacketHeader(packet, 0, 0, header))
  assert.is(toHex(keys.open(packet, header, 654360563, 0, PTO)!), '01')
  assert.is(header.packetNumber, 654360564)
})

test('an update needs a confirmed handshake and an acknowledgment in the current phase', () => {
  const { client } = pair()
  assert.not(client.keys.canUpdate(0))
  client.send(5)
  client.keys.onHandshakeConfirmed()
  assert.not(client.keys.canUpdate(0))
  client.keys.onAcked(4)
  assert.not(client.keys.canUpdate(0))
  client.keys.onAcked(5)
  assert.ok(client.keys.canUpdate(0))

  const unconfirmed = pair().client
  unconfirmed.send(0)
  unconfirmed.keys.onAcked(0)
  assert.not(unconfirmed.keys.canUpdate(0))
})

test('the other side follows an update with its own keys', () => {
  const { client, server } = established()
  client.keys.initiateUpdate()
  assert.is(client.keys.writePhase, true)
  assert.ok(server.receive(client.send(1)))
  assert.is(server.keys.writePhase, true)
  assert.ok(client.receive(server.send(1)))
})

test('both sides may update at the same time', () => {
  const { client, server } = established()
  client.keys.initiateUpdate()
  server.keys.initiateUpdate()
  assert.ok(server.receive(client.send(1)))
  assert.ok(client.receive(server.send(1)))
  assert.is(client.keys.writePhase, true)
  assert.is(server.keys.writePhase, true)
})

test('late packets of the phase before are opened for three PTO', () => {
  const { client, server } = established()
  const late = [1, 2].map((n) => client.send(n))
  client.keys.initiateUpdate()
  assert.is(server.keys.nextTimeout(), undefined)
  assert.ok(server.receive(client.send(3), 1000))
  assert.is(server.keys.nextTimeout(), 1000 + 3 * PTO)
  server.keys.onTimeout(1299)
  assert.ok(server.receive(late[0]!, 1299))
  assert.is(server.keys.nextTimeout(), 1300)
  server.keys.onTimeout(1300)
  assert.is(server.keys.nextTimeout(), undefined)
  assert.not(server.receive(late[1]!, 1300))
})

test('the initiator opens old packets until the peer has followed, however long it takes', () => {
  const { client, server } = established()
  client.keys.initiateUpdate()
  client.keys.onTimeout(1e6)
  assert.ok(client.receive(server.send(1), 1e6))
  assert.is(client.keys.nextTimeout(), undefined)
  assert.ok(server.receive(client.send(1), 1e6))
  assert.ok(client.receive(server.send(2), 1e6))
  assert.is(client.keys.nextTimeout(), 1e6 + 3 * PTO)
})

test('another update waits for the peer, an acknowledgment and three PTO', () => {
  const { client, server } = established()
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(1), 0))
  client.keys.onAcked(1)
  assert.not(client.keys.canUpdate(1e6), 'the peer has not followed')
  assert.ok(client.receive(server.send(1), 500))
  assert.not(client.keys.canUpdate(799), 'the old keys are still there')
  assert.ok(client.keys.canUpdate(800))
  client.keys.initiateUpdate()
  assert.is(client.keys.writePhase, false)
  assert.ok(server.receive(client.send(2), 800))
  assert.ok(client.receive(server.send(2), 800))
})

test('an acknowledgment of the phase before does not permit another update', () => {
  const { client, server } = established()
  client.send(1)
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(2)))
  assert.ok(client.receive(server.send(1)))
  client.keys.onTimeout(1e6)
  client.keys.onAcked(1)
  assert.not(client.keys.canUpdate(1e6))
  client.keys.onAcked(2)
  assert.ok(client.keys.canUpdate(1e6))
})

test('a forged key phase changes nothing', () => {
  const { client, server } = established()
  const forged = client.send(1)
  // The key phase is masked with the same bits every time: a flip on the wire is a flip below.
  forged[0]! ^= 0x04
  assert.not(server.receive(forged))
  assert.is(server.keys.writePhase, false)
  assert.ok(server.receive(client.send(2)))
})

test('a second update before anything was sent in answer to the first is a KEY_UPDATE_ERROR', () => {
  const { client, server } = established()
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(1)))
  client.keys.initiateUpdate()
  throwsCode(TransportErrorCode.keyUpdateError, () => server.receive(client.send(2)))
})

test('newer keys for an older packet number are a KEY_UPDATE_ERROR', () => {
  const { client, server } = established()
  assert.ok(server.receive(client.send(9)))
  client.keys.initiateUpdate()
  throwsCode(TransportErrorCode.keyUpdateError, () => server.receive(client.send(8)))
})

test('newer keys below a late packet of the phase before are a KEY_UPDATE_ERROR', () => {
  const { client, server } = established()
  const late = client.send(10)
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(12)))
  assert.ok(server.receive(late))
  throwsCode(TransportErrorCode.keyUpdateError, () => server.receive(client.send(9)))
})

test('old keys above the numbers of the new phase open nothing', () => {
  const { client, server } = established()
  const old = client.send(5)
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(2)))
  assert.not(server.receive(old))
})

test('half-way to the confidentiality limit an acknowledgment updates the keys', () => {
  const { client, server } = established({ confidentiality: 100, integrity: 10 })
  for (let n = 1; n < 49; n++) client.send(n)
  client.keys.onAcked(48)
  assert.is(client.keys.writePhase, false)
  assert.ok(server.receive(client.send(49)))
  client.keys.onAcked(49)
  assert.is(client.keys.writePhase, true)
  assert.ok(server.receive(client.send(50)))
  assert.ok(client.receive(server.send(1)))
})

test('keys that could not be updated end the connection, with packets left to close it', () => {
  const { client } = pair({ confidentiality: 100, integrity: 10 })
  let sent = 0
  throwsCode(TransportErrorCode.aeadLimitReached, () => {
    for (; sent <= 100; sent++) client.send(sent)
  })
  assert.is(sent, 84)
  throwsCode(TransportErrorCode.aeadLimitReached, () => {
    for (; sent <= 101; sent++) client.send(sent)
  })
  assert.is(sent, 100)
})

test('more forged packets than the integrity limit are an AEAD_LIMIT_REACHED', () => {
  const { client, server } = established({ confidentiality: 100, integrity: 3 })
  const forged = client.send(1)
  forged[forged.length - 1]! ^= 1
  for (let i = 0; i < 3; i++) assert.not(server.receive(forged))
  throwsCode(TransportErrorCode.aeadLimitReached, () => server.receive(forged))
})

test('the integrity limit counts across updates', () => {
  const { client, server } = established({ confidentiality: 100, integrity: 3 })
  const forge = (n: number) => {
    const forged = client.send(n)
    forged[forged.length - 1]! ^= 1
    return forged
  }
  assert.not(server.receive(forge(1)))
  assert.not(server.receive(forge(2)))
  client.keys.initiateUpdate()
  assert.ok(server.receive(client.send(3)))
  assert.not(server.receive(forge(4)))
  throwsCode(TransportErrorCode.aeadLimitReached, () => server.receive(forge(5)))
})

test('a packet too short for a sample is dropped and not counted', () => {
  const { server } = pair({ confidentiality: 100, integrity: 0 })
  assert.not(server.receive(fromHex('40c1d2e3f4').subarray()))
  assert.not(server.receive(new Uint8Array(24).fill(0x40)))
})

test.run()
