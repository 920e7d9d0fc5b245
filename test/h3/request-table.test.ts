import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode } from '../../src/h3/index.ts'
import {
  FIELD_SECTION_SLACK,
  MAX_GATHERED_SECTIONS,
  MAX_LINGERING_REQUESTS,
  RESET_BURST,
  RESETS_PER_SECOND,
} from '../../src/h3/limits.ts'
import { type Field, QpackDecoder, QpackEncoder } from '../../src/qpack/index.ts'
import { bytes, data, fields, frame, headers, Lone, request, response, varint } from './harness.ts'

const test = suite('requests')

/** An encoder whose first use of a field refers to the dynamic table. */
/** @param blockedStreams how many it may let wait, whatever its peer has said */
function dynamicEncoder(blockedStreams = 16): QpackEncoder {
  const encoder = new QpackEncoder({ maxTableCapacity: 4096 })
  encoder.setPeerLimits(4096, blockedStreams)
  return encoder
}

const insertable = 'x-custom: a value worth an entry'

test('a request whose fields wait for QPACK waits with its body, and others overtake it', () => {
  const lone = new Lone('server')
  const encoder = dynamicEncoder()
  const section = encoder.encode(0, request('POST', '/', insertable))
  const instructions = encoder.takeEncoderStream()!
  const blocked = lone.sendRequest(concatBytes([frame(1, section), data('body')]), true)
  assert.is(lone.of('headers').length, 0)
  assert.is(lone.h3.readBody(blocked), undefined)
  const free = lone.sendRequest(headers(request()), true)
  assert.equal(
    lone.of('headers').map(({ id }) => id),
    [free],
  )
  lone.send(lone.openUni(2), instructions)
  assert.equal(
    lone.of('headers').map(({ id }) => id),
    [free, blocked],
  )
  assert.equal(lone.of('headers')[1]!.fields, request('POST', '/', insertable))
  assert.is(lone.readAll(blocked), 'body')
  assert.equal(lone.of('ended'), [{ type: 'ended', id: blocked }])
})

test('a response that ended while it waited for QPACK is over when it goes on', () => {
  const lone = new Lone('client')
  const encoder = dynamicEncoder()
  const id = lone.h3.request(request(), true)!
  lone.pump()
  lone.sent(id)
  lone.send(id, frame(1, encoder.encode(id, response(204, insertable))))
  lone.send(id, bytes(), true)
  assert.is(lone.of('headers').length, 0)
  lone.send(lone.openUni(2), encoder.takeEncoderStream()!)
  assert.is(lone.of('headers')[0]?.ended, true)
  assert.equal(lone.of('closed'), [{ type: 'closed', id }])
})

test('trailers that wait for QPACK come before the end', () => {
  const lone = new Lone('server')
  const encoder = dynamicEncoder()
  const id = lone.sendRequest(concatBytes([headers(request('POST')), data('x')]))
  const section = encoder.encode(id, fields(insertable))
  const instructions = encoder.takeEncoderStream()!
  lone.send(id, frame(1, section), true)
  assert.is(lone.readAll(id), 'x')
  assert.is(lone.of('ended').length, 0)
  lone.send(lone.openUni(2), instructions)
  assert.equal(
    lone.events.slice(-2).map((e) => e.type),
    ['trailers', 'ended'],
  )
})

test('several blocked requests go on together, and a malformed one does not stop the others', () => {
  const lone = new Lone('server')
  const encoder = dynamicEncoder()
  const lists = [
    request('GET', '/1', insertable),
    fields('x: y', insertable),
    request('GET', '/2', insertable),
  ]
  const sections = lists.map((list, i) => encoder.encode(i * 4, list))
  const instructions = encoder.takeEncoderStream()!
  for (const section of sections) lone.sendRequest(frame(1, section), true)
  lone.send(lone.openUni(2), instructions)
  assert.equal(
    lone.of('headers').map(({ id }) => id),
    [0, 8],
  )
  assert.is(lone.transport.resets.get(4), H3ErrorCode.messageError)
})

test('more blocked streams than allowed close the connection', () => {
  const lone = new Lone('server', { qpackBlockedStreams: 1 })
  const encoder = dynamicEncoder()
  for (const id of [0, 4])
    lone.sendRequest(frame(1, encoder.encode(id, request('GET', `/${id}`, insertable))))
  assert.is(lone.closeCode, 0x200)
})

test('without other options sixteen streams may be blocked', () => {
  const lone = new Lone('server')
  const encoder = dynamicEncoder(17)
  for (let id = 0; id < 4 * 17; id += 4) {
    assert.is(lone.closeCode, undefined, `${id / 4} are blocked`)
    lone.sendRequest(frame(1, encoder.encode(id, request('GET', `/${id}`, insertable))))
  }
  assert.is(lone.closeCode, 0x200)
})

test('a blocked request that is reset is cancelled for QPACK', () => {
  const lone = new Lone('server')
  const encoder = dynamicEncoder()
  const id = lone.sendRequest(frame(1, encoder.encode(0, request('GET', '/', insertable))))
  lone.sent(11)
  lone.raw.reset(id, 0x10c)
  lone.pump()
  // RFC 9204 §4.4.2: 01 and the stream id in six bits.
  assert.equal(lone.sent(11), bytes(0x40))
  lone.send(lone.openUni(2), encoder.takeEncoderStream()!)
  assert.is(lone.of('headers').length, 0)
  assert.is(lone.closeCode, undefined)
})

test('a request larger than our limit is answered 431 and not told', () => {
  const big = request('GET', '/', `x-big: ${'a'.repeat(2000)}`)
  const lone = new Lone('server', { maxFieldSectionSize: 1500 })
  const id = lone.sendRequest(headers(big))
  const answer = lone.sent(id)
  const decoder = new QpackDecoder({
    maxTableCapacity: 0,
    maxBlockedStreams: 0,
    maxFieldSectionSize: 1000,
  })
  assert.equal(decoder.decode(id, answer.subarray(2)), response(431))
  assert.is(lone.transport.stops.get(id), H3ErrorCode.noError)
  assert.equal(
    lone.events.map((e) => e.type),
    ['settings'],
  )
  assert.is(lone.closeCode, undefined)
})

test('a HEADERS frame that can only be too large is refused before it has come', () => {
  const lone = new Lone('server', { maxFieldSectionSize: 1000 })
  const id = lone.sendRequest(concatBytes([bytes(1), varint(1000 + FIELD_SECTION_SLACK + 1)]))
  assert.is(lone.transport.stops.get(id), H3ErrorCode.noError)
  const other = new Lone('server', { maxFieldSectionSize: 1000 })
  const waiting = other.sendRequest(concatBytes([bytes(1), varint(1000 + FIELD_SECTION_SLACK)]))
  assert.is(other.transport.stops.get(waiting), undefined)
})

test('a blocked request that turns out too large is answered 431 too', () => {
  const lone = new Lone('server', { maxFieldSectionSize: 300 })
  const encoder = dynamicEncoder()
  const many = Array.from({ length: 20 }, () => insertable)
  const id = lone.sendRequest(frame(1, encoder.encode(0, request('GET', '/', ...many))))
  assert.is(lone.transport.stops.get(id), undefined)
  lone.send(lone.openUni(2), encoder.takeEncoderStream()!)
  assert.is(lone.transport.stops.get(id), H3ErrorCode.noError)
  assert.is(lone.closeCode, undefined)
})

test('too many fields are too large as well', () => {
  const lone = new Lone('server', { maxFields: 10 })
  const id = lone.sendRequest(headers(request('GET', '/', ...Array<string>(7).fill('a: b'))))
  assert.is(lone.transport.stops.get(id), H3ErrorCode.noError)
  lone.sendRequest(headers(request('GET', '/', ...Array<string>(6).fill('a: b'))), true)
  assert.is(lone.of('headers').length, 1)
})

test('trailers and responses larger than our limit are aborted with H3_EXCESSIVE_LOAD', () => {
  const big: Field[] = fields(`x-big: ${'a'.repeat(2000)}`)
  const server = new Lone('server', { maxFieldSectionSize: 1500 })
  server.sendRequest(concatBytes([headers(request('POST')), headers(big)]))
  assert.is(server.of('aborted')[0]?.errorCode, H3ErrorCode.excessiveLoad)
  const client = new Lone('client', { maxFieldSectionSize: 1500 })
  const id = client.h3.request(request(), true)!
  client.pump()
  client.send(id, headers([...response(), ...big]))
  assert.is(client.of('aborted')[0]?.errorCode, H3ErrorCode.excessiveLoad)
  assert.is(client.closeCode, undefined)
})

test('opening and resetting requests without end is H3_EXCESSIVE_LOAD', () => {
  const attacks: ((lone: Lone) => void)[] = [
    (lone) => lone.raw.reset(lone.sendRequest(headers(request('POST'))), 0x10c),
    (lone) => lone.raw.stopSending(lone.sendRequest(headers(request()), true), 0x10c),
    (lone) => lone.sendRequest(headers(fields('x: y')), true),
    (lone) =>
      lone.sendRequest(
        concatBytes([headers(request('POST', '/', 'content-length: 1')), data('ab')]),
      ),
    (lone) => lone.sendRequest(bytes(), true),
  ]
  for (const attack of attacks) {
    const lone = new Lone('server')
    for (let n = 0; n < RESET_BURST; n++) attack(lone)
    lone.pump()
    assert.is(lone.closeCode, undefined)
    attack(lone)
    lone.pump()
    assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
  }
})

test('cancelling now and then is no attack', () => {
  const lone = new Lone('server')
  for (let n = 0; n < 3 * RESET_BURST; n++) {
    lone.now += 1000 / RESETS_PER_SECOND
    lone.raw.reset(lone.sendRequest(headers(request('POST'))), 0x10c)
    lone.pump()
  }
  assert.is(lone.closeCode, undefined)
})

test('a client does not count what the server cancels', () => {
  const lone = new Lone('client')
  for (let n = 0; n < 2 * RESET_BURST; n++) {
    const id = lone.h3.request(request(), true)!
    lone.pump()
    lone.raw.reset(id, H3ErrorCode.requestRejected)
    lone.pump()
  }
  assert.is(lone.closeCode, undefined)
  assert.is(lone.of('aborted').length, 2 * RESET_BURST)
})

test('bodies that nobody takes after the answer are kept up to a cap', () => {
  const lone = new Lone('server')
  const stream = concatBytes([headers(request('POST')), data('x')])
  const answer = (id: number) => {
    lone.h3.sendHeaders(id, response(), true)
    lone.pump()
    lone.sent(id)
    lone.pump()
  }
  for (let n = 0; n < MAX_LINGERING_REQUESTS; n++) answer(lone.sendRequest(stream, true))
  assert.is(lone.of('closed').length, 0)
  const refused = lone.sendRequest(stream, true)
  assert.is(lone.transport.resets.get(refused), H3ErrorCode.requestRejected)
  assert.is(lone.readAll(0), 'x')
  lone.h3.stopReading(4, H3ErrorCode.noError)
  lone.drain()
  assert.equal(
    lone.of('closed').map(({ id }) => id),
    [0, 4],
  )
  const taken = lone.sendRequest(stream, true)
  assert.is(lone.transport.resets.get(taken), undefined)
})

test('requests whose headers do not come in time are answered 408 and not told', () => {
  const lone = new Lone('server')
  lone.now = 1000
  const whole = headers(request())
  const slow = lone.sendRequest(whole.subarray(0, 5))
  const told = lone.sendRequest(whole)
  lone.now = 2000
  const late = lone.sendRequest(whole.subarray(0, 5))
  lone.h3.expireRequests(1500)
  lone.pump()
  const refusal = headers(response(408))
  assert.equal(lone.sent(slow), refusal)
  assert.is(lone.sent(told).length, 0)
  assert.is(lone.sent(late).length, 0)
  assert.is(lone.transport.stops.get(slow), H3ErrorCode.noError)
  // What comes after all is not read any more, and the others are as they were.
  lone.send(slow, whole.subarray(5), true)
  lone.send(late, whole.subarray(5), true)
  assert.equal(
    lone.of('headers').map(({ id }) => id),
    [told, late],
  )
  assert.is(lone.closeCode, undefined)
})

test('field sections that come in part are limited, for all requests together', () => {
  const lone = new Lone('server')
  const length = 60_000
  const head = concatBytes([varint(1), varint(length + 1)])
  const part = concatBytes([head, new Uint8Array(length)])
  const fitting = Math.floor(MAX_GATHERED_SECTIONS / length)
  const ids: number[] = []
  for (let i = 0; i < fitting; i++) ids.push(lone.sendRequest(part))
  assert.is(lone.closeCode, undefined)
  // What is reset or complete does not count any more.
  lone.raw.reset(ids[0]!, H3ErrorCode.requestCancelled)
  lone.pump()
  lone.sendRequest(part)
  assert.is(lone.closeCode, undefined)
  lone.sendRequest(part)
  assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
})

test.run()
