import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import { H3ErrorCode } from '../../src/h3/index.ts'
import { FREE_GLITCHES_PER_REQUEST, GLITCH_BURST } from '../../src/h3/limits.ts'
import { bytes, data, fields, frame, headers, Lone, request, response, varint } from './harness.ts'

const test = suite('request stream')

/** What a server makes of a request stream. */
function serve(stream: readonly Uint8Array[], fin = true) {
  const lone = new Lone('server')
  const id = lone.sendRequest(concatBytes(stream), fin)
  const body = lone.readAll(id)
  return { lone, id, body, abortedWith: lone.transport.resets.get(id), closedWith: lone.closeCode }
}

/** What a client makes of the response to a request. */
function answer(stream: readonly Uint8Array[], method = 'GET', fin = true) {
  const lone = new Lone('client')
  const list =
    method === 'CONNECT' ? fields(':method: CONNECT', ':authority: a:1') : request(method)
  const id = lone.h3.request(list, method !== 'CONNECT')!
  lone.pump()
  lone.send(id, concatBytes(stream), fin)
  const body = lone.readAll(id)
  const [aborted] = lone.of('aborted')
  return { lone, id, body, abortedWith: aborted?.errorCode, closedWith: lone.closeCode }
}

const get = headers(request())
const post = headers(request('POST'))
const ok = headers(response())
const trailers = headers(fields('x-sum: 1'))
const grease = frame(0x21, bytes(1, 2, 3))

test('legal sequences of frames pass, with reserved frames everywhere', () => {
  const requests = [
    [get],
    [post, data('a')],
    [post, trailers],
    [post, data('a'), data('b'), trailers],
  ]
  for (const frames of requests) {
    const mixed = frames.flatMap((each) => [grease, each]).concat(grease)
    const { lone, closedWith } = serve(mixed)
    assert.is(closedWith, undefined)
    assert.is(lone.of('headers').length, 1)
    assert.is(lone.of('ended').length, 1)
  }
})

test('illegal sequences of a request are H3_FRAME_UNEXPECTED', () => {
  const sequences = [
    [data('a')],
    [grease, data('a')],
    [post, trailers, data('a')],
    [post, trailers, trailers],
    [post, data('a'), trailers, grease, data('b')],
  ]
  for (const frames of sequences) assert.is(serve(frames).closedWith, H3ErrorCode.frameUnexpected)
})

test('illegal sequences of a response are H3_FRAME_UNEXPECTED', () => {
  const early = headers(response(103))
  for (const frames of [[data('a')], [early, data('a')], [ok, trailers, data('a')]])
    assert.is(answer(frames).closedWith, H3ErrorCode.frameUnexpected)
})

test('frames of the control stream and of HTTP/2 are H3_FRAME_UNEXPECTED', () => {
  for (const type of [0x03, 0x04, 0x07, 0x0d, 0x02, 0x06, 0x08, 0x09]) {
    assert.is(serve([frame(type, bytes(0))]).closedWith, H3ErrorCode.frameUnexpected)
    assert.is(answer([ok, frame(type, bytes(0))]).closedWith, H3ErrorCode.frameUnexpected)
  }
})

test('PUSH_PROMISE is H3_FRAME_UNEXPECTED from a client, H3_ID_ERROR from a server', () => {
  assert.is(serve([get, frame(5, bytes(0))]).closedWith, H3ErrorCode.frameUnexpected)
  assert.is(answer([ok, frame(5, bytes(0))]).closedWith, H3ErrorCode.idError)
})

test('a request that ends before its headers is H3_REQUEST_INCOMPLETE', () => {
  for (const frames of [[], [grease]]) {
    const { abortedWith, closedWith, lone } = serve(frames)
    assert.is(abortedWith, H3ErrorCode.requestIncomplete)
    assert.is(closedWith, undefined)
    assert.equal(
      lone.events.map((e) => e.type),
      ['settings'],
    )
  }
})

test('a response that ends before its final headers is malformed', () => {
  for (const frames of [[], [headers(response(103))]])
    assert.is(answer(frames).abortedWith, H3ErrorCode.messageError)
})

test('a stream that ends inside a frame is H3_FRAME_ERROR, wherever it is cut', () => {
  const whole = concatBytes([post, data('abc'), trailers, grease])
  const boundaries = new Set([0, post.length])
  boundaries.add(post.length + data('abc').length)
  boundaries.add(whole.length - grease.length)
  for (let at = 0; at < whole.length; at++) {
    if (boundaries.has(at)) continue
    assert.is(serve([whole.subarray(0, at)]).closedWith, H3ErrorCode.frameError, `cut at ${at}`)
  }
})

test('a stream that is reset inside a frame is no error', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(concatBytes([post, bytes(0, 5, 1)]))
  lone.raw.reset(id, 0x10c)
  lone.pump()
  assert.is(lone.closeCode, undefined)
})

test('content that differs from content-length is H3_MESSAGE_ERROR on every way to the end', () => {
  const five = headers(request('POST', '/', 'content-length: 5'))
  const ways: [string, Uint8Array[]][] = [
    ['FIN with HEADERS', [five]],
    ['short', [five, data('abcd')]],
    ['short, then trailers', [five, data('abcd'), trailers]],
    ['long', [five, data('abcdef')]],
    ['long in two', [five, data('abc'), data('def')]],
    ['nothing, then a reserved frame', [five, grease]],
    ['an empty DATA', [five, data('')]],
  ]
  for (const [name, frames] of ways) {
    const { abortedWith, closedWith, lone } = serve(frames)
    assert.is(abortedWith, H3ErrorCode.messageError, name)
    assert.is(closedWith, undefined, name)
    assert.is(lone.of('ended').length, 0, name)
  }
})

test('a lone FIN behind too little content is H3_MESSAGE_ERROR', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(headers(request('POST', '/', 'content-length: 5')))
  lone.send(id, data('abc'))
  assert.is(lone.readAll(id), 'abc')
  lone.send(id, bytes(), true)
  assert.is(lone.of('aborted')[0]?.errorCode, H3ErrorCode.messageError)
  assert.is(lone.transport.resets.get(id), H3ErrorCode.messageError)
})

test('too much content is refused before any of it is handed over', () => {
  const { body } = serve([headers(request('POST', '/', 'content-length: 1')), data('ab')])
  assert.is(body, '')
})

test('content that agrees with content-length passes', () => {
  const five = headers(request('POST', '/', 'content-length: 5'))
  for (const frames of [
    [five, data('abcde')],
    [five, data('ab'), grease, data('cde'), trailers],
    [headers(request('GET', '/', 'content-length: 0'))],
  ])
    assert.is(serve(frames).abortedWith, undefined)
})

test('responses without content may say any content-length', () => {
  const five = headers(response(200, 'content-length: 5'))
  assert.is(answer([five], 'HEAD').abortedWith, undefined)
  assert.is(answer([headers(response(304, 'content-length: 5'))]).abortedWith, undefined)
  assert.is(answer([five], 'GET').abortedWith, H3ErrorCode.messageError)
})

test('content in a response that has none is H3_MESSAGE_ERROR', () => {
  assert.is(answer([ok, data('a')], 'HEAD').abortedWith, H3ErrorCode.messageError)
  assert.is(answer([headers(response(204)), data('a')]).abortedWith, H3ErrorCode.messageError)
  assert.is(answer([headers(response(304)), data('a')]).abortedWith, H3ErrorCode.messageError)
})

test('a second final response is malformed, and so is a 1xx behind the final one', () => {
  assert.is(answer([ok, ok]).abortedWith, H3ErrorCode.messageError)
  assert.is(answer([ok, headers(response(103))]).abortedWith, H3ErrorCode.messageError)
})

test('malformed requests are reset and never told', () => {
  const { lone, id, abortedWith } = serve([headers(fields(':method: GET'))], false)
  assert.is(abortedWith, H3ErrorCode.messageError)
  assert.is(lone.transport.stops.get(id), H3ErrorCode.messageError)
  assert.is(lone.of('headers').length + lone.of('aborted').length, 0)
})

test('malformed responses and trailers are aborted with a reason', () => {
  const { lone, id } = answer([headers(fields(':status: 101'))])
  const [aborted] = lone.of('aborted')
  assert.is(aborted?.id, id)
  assert.is(aborted?.remote, false)
  assert.match(aborted?.reason ?? '', '101')
  assert.is(answer([ok, headers(fields(':status: 200'))]).abortedWith, H3ErrorCode.messageError)
})

test('other requests go on when one is malformed', () => {
  const { lone } = serve([headers(fields('x: y'))])
  lone.sendRequest(get, true)
  assert.is(lone.of('headers').length, 1)
})

test('behind CONNECT there is DATA alone', () => {
  const connect = headers(fields(':method: CONNECT', ':authority: a:1'))
  assert.is(serve([connect, data('ab'), grease, data('c')]).body, 'abc')
  assert.is(answer([ok, data('ab')], 'CONNECT').body, 'ab')
  for (const other of [trailers, ...[3, 4, 5, 7, 0x0d].map((type) => frame(type, bytes(0)))]) {
    assert.is(serve([connect, other]).closedWith, H3ErrorCode.frameUnexpected)
    assert.is(answer([ok, other], 'CONNECT').closedWith, H3ErrorCode.frameUnexpected)
  }
})

test('a refused CONNECT is answered like any other request', () => {
  const { body, lone } = answer([headers(response(403)), data('no'), trailers], 'CONNECT')
  assert.is(body, 'no')
  assert.is(lone.of('trailers').length, 1)
})

test('cookie lines of a request are joined', () => {
  const { lone } = serve([headers(request('GET', '/', 'cookie: a=1', 'cookie: b=2'))])
  const cookies = lone.of('headers')[0]!.fields.filter(({ name }) => name === 'cookie')
  assert.equal(
    cookies.map(({ value }) => value),
    ['a=1; b=2'],
  )
})

test('a request cut at any byte is the same', () => {
  const stream = concatBytes([post, data('abc'), grease, data('de'), trailers])
  for (let at = 1; at < stream.length; at++) {
    const lone = new Lone('server')
    const id = lone.sendRequest(stream.slice(0, at))
    let body = lone.readAll(id)
    lone.send(id, stream.slice(at), true)
    body += lone.readAll(id)
    assert.is(body, 'abcde', `cut at ${at}`)
    assert.is(lone.of('trailers').length, 1)
    assert.is(lone.of('ended').length, 1)
  }
})

test('a reserved frame of 2^62-1 bytes is skipped for as long as it comes', () => {
  const lone = new Lone('server')
  const id = lone.sendRequest(concatBytes([varint(0x21), varint(2n ** 62n - 1n)]))
  for (let i = 0; i < 100; i++) lone.send(id, new Uint8Array(65536))
  assert.is(lone.closeCode, undefined)
  assert.is(lone.transport.streams.get(id)!.incomingBytes, 0)
})

test('a few frames without use are free for each request, a flood is H3_EXCESSIVE_LOAD', () => {
  for (const useless of [grease, data('')]) {
    const lone = new Lone('server')
    for (let n = 0; n < 400; n++) {
      const free = Array<Uint8Array>(FREE_GLITCHES_PER_REQUEST).fill(useless)
      lone.sendRequest(concatBytes([post, ...free]), true)
    }
    assert.is(lone.closeCode, undefined)
    const id = lone.sendRequest(post)
    for (let n = 0; n < FREE_GLITCHES_PER_REQUEST + GLITCH_BURST; n++) lone.send(id, useless)
    assert.is(lone.closeCode, undefined)
    lone.send(id, useless)
    assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
  }
})

test('a flood of interim responses is H3_EXCESSIVE_LOAD', () => {
  const early = headers(response(103))
  const { lone, id } = answer([early], 'GET', false)
  for (let n = 0; n < FREE_GLITCHES_PER_REQUEST + GLITCH_BURST; n++) lone.send(id, early)
  assert.is(lone.closeCode, H3ErrorCode.excessiveLoad)
})

test.run()
