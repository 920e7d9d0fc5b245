import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refuseToken } from '../../../src/quic/endpoint/token-refusal.ts'
import { PacketType } from '../../../src/quic/wire/index.ts'
import { nodeCrypto } from '../../../src/tls13/index.ts'
import { headerOf, openInitial, rawInitial } from '../support/raw-packets.ts'

const test = suite('quic/endpoint/token-refusal')
const ID = new Uint8Array(8).fill(3)
const SOURCE = new Uint8Array(20).fill(2)

/** A client's Initial after a Retry. */
function initial(size = 1200): Uint8Array {
  const ids = { original: ID, destination: ID, source: SOURCE }
  return rawInitial('client', ids, 1, Uint8Array.of(1, 0, 0, 0), size, new Uint8Array(62).fill(1))
}

test('the refusal is one CONNECTION_CLOSE in an Initial that its client can open', () => {
  const datagram = initial()
  const answer = refuseToken(nodeCrypto, datagram, headerOf(datagram))!
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

test('the shortest Initial that can be opened is answered, a shorter one is not', () => {
  const shortest = initial(0)
  assert.ok(refuseToken(nodeCrypto, shortest, headerOf(shortest)) !== undefined)
  const datagram = initial()
  const header = headerOf(datagram)
  header.end = header.packetNumberOffset + 19
  assert.is(refuseToken(nodeCrypto, datagram, header), undefined)
})

test('an Initial that is not authentic is not answered', () => {
  const datagram = initial()
  datagram[800]! ^= 1
  assert.is(refuseToken(nodeCrypto, datagram, headerOf(datagram)), undefined)
})

test.run()
