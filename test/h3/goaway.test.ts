import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { Both, bytes, frame, headers, Lone, request, response, varint } from './harness.ts'

const test = suite('goaway')
const notice = frame(7, varint(2n ** 62n - 4n))

test('a server gives notice, goes on, and refuses once its requests are over', () => {
  const lone = new Lone('server')
  lone.sent(3)
  const first = lone.sendRequest(headers(request()), true)
  lone.h3.goaway()
  lone.pump()
  assert.equal(lone.sent(3), notice)
  assert.not(lone.h3.isDrained)
  const second = lone.sendRequest(headers(request()), true)
  assert.is(lone.of('headers').length, 2)
  for (const id of [first, second]) {
    lone.h3.sendHeaders(id, response(), true)
    lone.pump()
    lone.sent(id)
  }
  lone.pump()
  assert.ok(lone.h3.isDrained)
  assert.equal(lone.sent(3), frame(7, bytes(8)))
  const late = lone.sendRequest(headers(request()), true)
  assert.is(lone.transport.resets.get(late), H3ErrorCode.requestRejected)
  assert.is(lone.of('headers').length, 2)
})

test('a second call refuses at once, and open requests are finished', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(headers(request()), true)
  lone.h3.goaway()
  lone.h3.goaway()
  lone.h3.goaway()
  lone.pump()
  const sent = lone.sent(3)
  assert.equal(sent.subarray(sent.length - 13), bytes(...notice, 7, 1, 4))
  const late = lone.sendRequest(headers(request()))
  assert.is(lone.transport.resets.get(late), H3ErrorCode.requestRejected)
  assert.is(lone.transport.stops.get(late), H3ErrorCode.requestRejected)
  assert.not(lone.h3.isDrained)
  lone.h3.sendHeaders(id, response(), true)
  lone.pump()
  lone.sent(id)
  lone.pump()
  assert.ok(lone.h3.isDrained)
})

test('a server without requests is drained at once', () => {
  const lone = new Lone('server')
  assert.not(lone.h3.isDrained)
  lone.h3.goaway()
  assert.ok(lone.h3.isDrained)
})

test('GOAWAY before start comes behind SETTINGS', () => {
  const lone = new Lone('client')
  lone.h3.goaway()
  lone.pump()
  const sent = lone.sent(2)
  assert.is(sent[1], 4)
  assert.equal(sent.subarray(-3), bytes(7, 1, 0))
})

test('a client that is going away starts no request and finishes those it has', () => {
  const both = new Both()
  const { client, server } = both
  const id = client.h3.request(request(), true)!
  client.h3.goaway()
  assert.is(client.h3.request(request(), true), undefined)
  both.run()
  assert.equal(server.of('goaway'), [{ type: 'goaway', id: 0 }])
  assert.not(client.h3.isDrained)
  server.h3.sendHeaders(id, response(), true)
  both.run()
  assert.ok(client.h3.isDrained)
})

test("after a server's GOAWAY a client starts no request", () => {
  const both = new Both()
  both.run()
  both.server.h3.goaway()
  both.run()
  assert.is(both.client.h3.request(request(), true), undefined)
  assert.ok(both.client.h3.isDrained)
  both.client.h3.receive({ type: 'streamsAvailable', kind: 'bidi' }, 0)
  both.client.drain()
  assert.is(both.client.of('requestsAvailable').length, 0)
})

test('requests from the id of GOAWAY on are aborted as rejected, the others go on', () => {
  const lone = new Lone('client')
  const first = lone.h3.request(request(), true)!
  const second = lone.h3.request(request('POST'), false)!
  lone.send(lone.control, frame(7, varint(second)))
  const [aborted, ...more] = lone.of('aborted')
  assert.is(aborted?.id, second)
  assert.is(aborted?.errorCode, H3ErrorCode.requestRejected)
  assert.is(aborted?.remote, true)
  assert.is(more.length, 0)
  assert.is(lone.transport.resets.get(second), H3ErrorCode.requestCancelled)
  assert.is(lone.transport.stops.get(second), H3ErrorCode.requestCancelled)
  lone.send(first, headers(response()), true)
  assert.is(lone.of('headers').length, 1)
})

test('the notice of 2^62-4 aborts nothing', () => {
  const lone = new Lone('client')
  lone.h3.request(request(), true)
  lone.send(lone.control, notice)
  assert.is(lone.of('aborted').length, 0)
  lone.send(lone.control, frame(7, bytes(0)))
  assert.is(lone.of('aborted').length, 1)
  assert.is(lone.closeCode, undefined)
})

test.run()
