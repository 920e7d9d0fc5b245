import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode, SettingId } from '../../src/h3/index.ts'
import type { Field } from '../../src/qpack/index.ts'
import { Random } from '../../src/sim/random.ts'
import {
  Both,
  data,
  fields,
  frame,
  headers,
  Lone,
  Peer,
  request,
  response,
  varint,
} from './harness.ts'
import { createPair, moveBytes } from './transport-pair.ts'

const test = suite('connection')
const encoder = new TextEncoder()

test('a request without a body is answered with a body', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request('GET', '/index.html', 'x-a: 1'), true)!
  assert.is(id, 0)
  both.run()
  assert.equal(server.of('headers'), [
    { type: 'headers', id, fields: request('GET', '/index.html', 'x-a: 1'), ended: true },
  ])
  server.h3.sendHeaders(id, response(200, 'content-length: 5'), false)
  assert.is(server.h3.sendData(id, encoder.encode('hello'), true), true)
  both.run()
  assert.equal(client.of('headers'), [
    { type: 'headers', id, fields: response(200, 'content-length: 5'), ended: false },
  ])
  assert.is(client.readAll(id), 'hello')
  both.run()
  const told = client.events.map((e) => e.type)
  assert.equal(told, ['settings', 'headers', 'bodyReadable', 'ended', 'closed'])
  assert.equal(
    server.events.map((e) => e.type),
    ['settings', 'headers', 'closed'],
  )
})

test('interim responses and trailers come in their places', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request('POST', '/', 'te: trailers'), false)!
  client.h3.sendData(id, encoder.encode('ab'), false)
  client.h3.sendTrailers(id, fields('x-sum: 2'))
  both.run()
  assert.is(server.readAll(id), 'ab')
  assert.equal(server.of('trailers')[0]!.fields, fields('x-sum: 2'))
  assert.is(server.of('ended').length, 1)
  server.h3.sendInformational(id, response(103, 'link: </a.css>'))
  server.h3.sendHeaders(id, response(), false)
  server.h3.sendTrailers(id, fields('x-end: 1'))
  both.run()
  const told = client.events.map((e) => e.type)
  assert.equal(told, ['settings', 'informational', 'headers', 'trailers', 'ended', 'closed'])
})

test('requests cut anywhere arrive as they were sent, with and without a dynamic table', () => {
  for (let seed = 0; seed < 60; seed++) exchange(seed, seed % 2 === 0 ? 4096 : 0)
})

/** Requests at the same time, with bodies both ways, over pieces of any size. */
function exchange(seed: number, qpackMaxTableCapacity: number): void {
  const random = new Random(seed)
  const options = { qpackMaxTableCapacity }
  const pair = { random, window: 4000, highWaterMark: 3000 }
  const both = new Both({ ...pair, client: options, server: options })
  const { client, server } = both
  const sent = new Map<number, { up: string; down: string; fields: Field[] }>()
  const received = { up: new Map<number, string>(), down: new Map<number, string>() }
  const send = () => {
    const up = randomText(random, 9000)
    const list = request('POST', `/${seed}`, `x-value: ${randomText(random, 50)}`, 'x-same: y')
    const id = client.h3.request(list, false)!
    sent.set(id, { up, down: randomText(random, 9000), fields: list })
    const endsWithTrailers = random.chance(0.5)
    client.h3.sendData(id, encoder.encode(up), !endsWithTrailers)
    if (endsWithTrailers) client.h3.sendTrailers(id, fields('x-checked: yes'))
  }
  const read = (peer: Peer, into: Map<number, string>) => {
    for (const id of sent.keys()) into.set(id, (into.get(id) ?? '') + peer.readAll(id))
  }
  const answered = new Set<number>()
  for (let moved = true; moved || sent.size < 24; ) {
    if (sent.size < 24 && (!moved || random.chance(0.2))) send()
    moved = both.step()
    read(server, received.up)
    read(client, received.down)
    for (const { id } of server.of('ended')) {
      if (answered.has(id)) continue
      answered.add(id)
      server.h3.sendHeaders(id, response(200, `x-seed: ${seed}`), false)
      server.h3.sendData(id, encoder.encode(sent.get(id)!.down), true)
      moved = true
    }
  }
  for (const [id, { up, down, fields }] of sent) {
    const name = `stream ${id} of seed ${seed}`
    assert.equal(server.of('headers').find((e) => e.id === id)?.fields, fields, name)
    assert.is(received.up.get(id), up, name)
    assert.is(received.down.get(id), down, name)
  }
  assert.is(client.of('closed').length, sent.size)
  assert.is(server.of('closed').length, sent.size)
  assert.is(client.of('aborted').length + server.of('aborted').length, 0)
  assert.is(both.client.transport.closed, undefined)
}

function randomText(random: Random, max: number): string {
  return 'abcdefghij'.repeat(Math.ceil(max / 10)).slice(0, 1 + random.int(max))
}

test('SETTINGS come first on the control stream, with the limits and a reserved one', () => {
  const lone = new Lone('server', { maxFieldSectionSize: 1000, qpackBlockedStreams: 7, grease: 3 })
  const expected = [
    0,
    4,
    10,
    1,
    ...varint(4096),
    6,
    ...varint(1000),
    7,
    7,
    ...varint(0x1f * 3 + 0x21),
    0,
  ]
  expected[2] = expected.length - 3
  assert.equal([...lone.sent(3)], expected)
  assert.equal([...lone.sent(7)], [2])
  assert.equal([...lone.sent(11)], [3])
})

test('streams that the peer does not allow yet are opened later, the control stream first', () => {
  const { client, server } = createPair({ maxStreams: 0 })
  const peer = new Peer(client)
  peer.drain()
  assert.is(client.streams.size, 0)
  client.raiseMaxStreams(1)
  peer.drain()
  while (moveBytes(client, undefined));
  assert.is(server.read(2)![0], 0)
  client.raiseMaxStreams(3)
  peer.drain()
  while (moveBytes(client, undefined));
  assert.equal([...server.read(6)!], [2])
  assert.equal([...server.read(10)!], [3])
})

test("the peer's SETTINGS are told", () => {
  const settings = [SettingId.maxFieldSectionSize, ...varint(500), 0x21, 0, ...varint(2n ** 60n), 1]
  const lone = new Lone('client', {}, Uint8Array.from(settings))
  const expected = new Map([
    [6, 500],
    [0x21, 0],
    [Number.MAX_SAFE_INTEGER, 1],
  ])
  assert.equal([...lone.of('settings')[0]!.settings], [...expected])
})

test('without stream credit a request waits for requestsAvailable', () => {
  const pair = createPair({ maxStreams: 3 })
  const peer = new Peer(pair.client)
  for (let i = 0; i < 3; i++) assert.is(peer.h3.request(request(), true), i * 4)
  assert.is(peer.h3.request(request(), true), undefined)
  pair.client.raiseMaxStreams(4)
  peer.drain()
  assert.is(peer.of('requestsAvailable').length, 1)
  assert.is(peer.h3.request(request(), true), 12)
})

test('a body that nobody reads stays with the transport and holds the peer back', () => {
  const lone = new Lone('server', {}, undefined, { window: 100 })
  const body = data('x'.repeat(1000))
  const id = lone.sendRequest(headers(request('POST')))
  for (let at = 0; at < body.length; at += 50) lone.raw.write(id, body.slice(at, at + 50), false)
  lone.pump()
  const waiting = lone.raw.streams.get(id)!.outgoingBytes
  assert.ok(waiting >= 1003 - 250, `${waiting} bytes are held back`)
  let total = 0
  for (let moved = true; moved; lone.pump()) {
    const text = lone.readAll(id)
    total += text.length
    moved = text.length > 0
  }
  assert.is(total, 1000)
})

test('bodyReadable is told once until readBody has returned undefined', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(headers(request('POST')))
  lone.send(id, data('a'))
  lone.send(id, data('b'))
  assert.is(lone.of('bodyReadable').length, 1)
  assert.is(lone.readAll(id), 'ab')
  lone.send(id, data('c'))
  assert.is(lone.of('bodyReadable').length, 2)
  assert.is(lone.readAll(id), 'c')
})

test('sendData answers false when much is queued, and writable says when there is room', () => {
  const both = new Both({ highWaterMark: 2000 })
  const { client } = both
  const id = client.h3.request(request('POST'), false)!
  assert.is(client.h3.sendData(id, new Uint8Array(100), false), true)
  assert.is(client.h3.sendData(id, new Uint8Array(5000), false), false)
  assert.is(client.of('writable').length, 0)
  both.run()
  assert.equal(client.of('writable'), [{ type: 'writable', id }])
})

test('who sends more without waiting, and meets room, is still told of it', () => {
  const both = new Both({ highWaterMark: 2000 })
  const { client } = both
  both.run()
  const id = client.h3.request(request('POST'), false)!
  assert.is(client.h3.sendData(id, new Uint8Array(5000), false), false)
  // The transport has drained, but its event has not been seen.
  while (moveBytes(client.transport, undefined));
  assert.is(client.h3.sendData(id, new Uint8Array(100), false), true)
  assert.is(client.of('writable').length, 0)
  both.run()
  assert.equal(client.of('writable'), [{ type: 'writable', id }])
})

test('a small body that came before the stream was over can still be read afterwards', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request('POST'), false)!
  client.h3.sendData(id, encoder.encode('late'), true)
  both.run()
  server.h3.sendHeaders(id, response(204), true)
  both.run()
  assert.is(server.of('closed').length, 0)
  assert.is(server.readAll(id), 'late')
  assert.equal(
    server.events.slice(-2).map((e) => e.type),
    ['ended', 'closed'],
  )
})

test('a reset of the peer aborts the message and our half with it', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(headers(request('POST')))
  lone.raw.reset(id, H3ErrorCode.requestCancelled)
  lone.pump()
  const [aborted] = lone.of('aborted')
  assert.is(aborted?.errorCode, H3ErrorCode.requestCancelled)
  assert.is(aborted?.remote, true)
  assert.is(lone.transport.resets.get(id), H3ErrorCode.requestCancelled)
  assert.is(lone.of('closed').length, 1)
})

test('a request that is reset before its headers is rejected and never told', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(headers(request()).subarray(0, 5))
  lone.raw.reset(id, H3ErrorCode.requestCancelled)
  lone.pump()
  assert.is(lone.transport.resets.get(id), H3ErrorCode.requestRejected)
  assert.equal(
    lone.events.map((e) => e.type),
    ['settings'],
  )
})

test('STOP_SENDING of an early response leaves the response whole', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request('POST'), false)!
  client.h3.sendData(id, encoder.encode('part'), false)
  both.run()
  server.h3.sendHeaders(id, response(413), true)
  server.h3.stopReading(id, H3ErrorCode.noError)
  both.run()
  assert.equal(client.of('stopped'), [{ type: 'stopped', id, errorCode: H3ErrorCode.noError }])
  assert.equal(client.of('headers')[0]?.fields, response(413))
  assert.is(client.of('aborted').length, 0)
  assert.is(client.h3.sendData(id, encoder.encode('more'), true), true)
  both.run()
  assert.is(client.of('closed').length, 1)
  assert.is(server.of('aborted').length, 0)
})

test('a client cancels with resetStream and stopReading', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request('POST'), false)!
  both.run()
  client.h3.resetStream(id, H3ErrorCode.requestCancelled)
  client.h3.stopReading(id, H3ErrorCode.requestCancelled)
  both.run()
  assert.is(server.of('stopped').length + server.of('aborted').length, 2)
  assert.is(client.of('closed').length, 1)
  assert.is(server.of('closed').length, 1)
})

test('nothing is to be waited for behind the end of a body', () => {
  const both = new Both({ highWaterMark: 2000 })
  const id = both.client.h3.request(request('POST'), false)!
  assert.is(both.client.h3.sendData(id, new Uint8Array(5000), true), true)
  both.run()
  assert.is(both.client.of('writable').length, 0)
})

test('handshake events of the transport are no concern of the peer', () => {
  const lone = new Lone('client')
  lone.h3.receive({ type: 'handshakeComplete' }, 0)
  lone.h3.receive({ type: 'handshakeConfirmed' }, 0)
  lone.h3.receive({ type: 'keyLog', line: 'x' }, 0)
  lone.drain()
  assert.equal(
    lone.events.map((e) => e.type),
    ['settings'],
  )
})

test('a failure of our own closes the connection with H3_INTERNAL_ERROR and is kept', () => {
  const lone = new Lone('server')
  const bug = new Error('a bug')
  lone.transport.readFinished = () => {
    throw bug
  }
  const id = lone.sendRequest(headers(request()))
  assert.is(lone.closeCode, H3ErrorCode.internalError)
  assert.is(lone.transport.closed?.reason, 'internal error')
  assert.is(lone.h3.error, bug)
  assert.is(lone.h3.readBody(id), undefined)
})

test('errors that readBody meets are handled like others', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(concatBytes([headers(request('POST')), data('a'), frame(4)]))
  assert.is(lone.closeCode, undefined)
  assert.is(lone.readAll(id), 'a')
  assert.is(lone.closeCode, H3ErrorCode.frameUnexpected)
})

test('calls for a stream that is over do nothing', () => {
  const lone = new Lone('server')
  lone.h3.sendHeaders(400, response(), true)
  lone.h3.sendInformational(400, response(103))
  lone.h3.sendTrailers(400, fields('a: b'))
  assert.is(lone.h3.sendData(400, new Uint8Array(3), false), true)
  assert.is(lone.h3.readBody(400), undefined)
  lone.h3.resetStream(400, 0x10c)
  lone.h3.stopReading(400, 0x10c)
  assert.is(lone.closeCode, undefined)
})

test('what the transport says after its end is ignored, and nothing is sent', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request(), true)!
  both.run()
  server.transport.close(H3ErrorCode.noError, '')
  both.run()
  server.h3.sendHeaders(id, response(), true)
  client.h3.receive({ type: 'streamReadable', id }, 0)
  assert.is(client.h3.request(request(), true), undefined)
  assert.is(client.of('headers').length, 0)
})

test.run()
