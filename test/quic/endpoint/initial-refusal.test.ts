import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CLOSING,
  INVALID_TOKEN,
  refuseInitial,
} from '../../../src/quic/endpoint/initial-refusal.ts'
import { PacketType } from '../../../src/quic/wire/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { headerOf, openInitial, rawInitial } from '../support/raw-packets.ts'

const test = suite('quic/endpoint/initial-refusal')
const ID = new Uint8Array(8).fill(3)
const SOURCE = new Uint8Array(20).fill(2)

/** A client's Initial after a Retry. */
function initial(size = 1200): Uint8Array {
  const ids = { original: ID, destination: ID, source: SOURCE }
  return rawInitial('client', ids, 1, Uint8Array.of(1, 0, 0, 0), size, new Uint8Array(62).fill(1))
}

test('the refusal is one CONNECTION_CLOSE in an Initial that its client can open', () => {
  const datagram = initial()
  const answer = refuseInitial(nodeCrypto, datagram, headerOf(datagram), INVALID_TOKEN)!
  const header = headerOf(answer)
  assert.is(header.type, PacketType.initial)
  assert.equal(header.destinationConnectionId, SOURCE)
  assert.equal(header.sourceConnectionId, ID)
  assert.is(header.token.length, 0)
  assert.is(header.end, answer.length)
  // RFC 9000 §19.19: CONNECTION_CLOSE, INVALID_TOKEN, no frame to blame, a reason.
  const payload = openInitial('server', ID, answer)
  assert.equal([...payload.subarray(0, 3)], [0x1c, 0x0b, 0])
  assert.is(payload.length, 4 + payload[3]!)
  assert.ok(answer.length < 150, `${answer.length} bytes`)
})

test('a server that is closing says CONNECTION_REFUSED', () => {
  const datagram = initial()
  const answer = refuseInitial(nodeCrypto, datagram, headerOf(datagram), CLOSING)!
  // RFC 9000 §20.1.
  assert.equal([...openInitial('server', ID, answer).subarray(0, 3)], [0x1c, 0x02, 0])
})

test('the shortest Initial that can be opened is answered, a shorter one is not', () => {
  const shortest = initial(0)
  assert.ok(refuseInitial(nodeCrypto, shortest, headerOf(shortest), INVALID_TOKEN) !== undefined)
  const datagram = initial()
  const header = headerOf(datagram)
  header.end = header.packetNumberOffset + 19
  assert.is(refuseInitial(nodeCrypto, datagram, header, INVALID_TOKEN), undefined)
})

test('an Initial that is not authentic is not answered', () => {
  const datagram = initial()
  datagram[800]! ^= 1
  assert.is(refuseInitial(nodeCrypto, datagram, headerOf(datagram), INVALID_TOKEN), undefined)
})

test.run()
