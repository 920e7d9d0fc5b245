import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes } from '../../src/bytes/index.ts'
import type { H3UsageError } from '../../src/h3/index.ts'
import { bytes, fields, headers, Lone, request, response, varint } from './harness.ts'

const test = suite('message sender')

function codeOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    assert.instance(error, TypeError)
    return (error as H3UsageError).code
  }
}

/** A server with one request that waits for its answer. */
function asked(method = 'GET', settings = bytes()): { lone: Lone; id: number } {
  const lone = new Lone('server', {}, settings)
  const list =
    method === 'CONNECT' ? fields(':method: CONNECT', ':authority: a:1') : request(method)
  return { lone, id: lone.sendRequest(headers(list), method !== 'CONNECT') }
}

test('illegal requests are refused before a stream is opened', () => {
  const lone = new Lone('client')
  for (const list of [
    fields(':method: GET'),
    request('GET', 'no-slash'),
    request('GET', '/', 'Upper: x'),
    request('GET', '/', 'connection: close'),
    request('GET', '/', 'x: a\r\nb: c'),
    request('GET', '/', 'content-length: x'),
    [...request(), { name: 'x', value: '\u0100' }],
  ])
    assert.is(
      codeOf(() => lone.h3.request(list, true)),
      'ERR_HTTP3_INVALID_HEADER',
    )
  assert.is(lone.h3.request(request(), true), 0)
})

test('illegal responses and trailers are refused, and a legal one can follow', () => {
  const { lone, id } = asked()
  for (const list of [
    fields('x: y'),
    response(101),
    response(200, 'te: trailers'),
    response(200, 'upgrade: x'),
  ])
    assert.is(
      codeOf(() => lone.h3.sendHeaders(id, list, false)),
      'ERR_HTTP3_INVALID_HEADER',
    )
  lone.h3.sendHeaders(id, response(), false)
  assert.is(
    codeOf(() => lone.h3.sendTrailers(id, fields(':status: 200'))),
    'ERR_HTTP3_INVALID_HEADER',
  )
  assert.is(
    codeOf(() => lone.h3.sendTrailers(id, fields('x: y'))),
    undefined,
  )
})

test('a response is sent in its order', () => {
  const { lone, id } = asked()
  const { h3 } = lone
  assert.is(
    codeOf(() => h3.sendData(id, bytes(1), false)),
    'ERR_HTTP3_HEADERS_NOT_SENT',
  )
  assert.is(
    codeOf(() => h3.sendTrailers(id, [])),
    'ERR_HTTP3_HEADERS_NOT_SENT',
  )
  assert.is(
    codeOf(() => h3.sendHeaders(id, response(103), false)),
    'ERR_HTTP3_INVALID_STATUS',
  )
  assert.is(
    codeOf(() => h3.sendInformational(id, response(200))),
    'ERR_HTTP3_INVALID_STATUS',
  )
  h3.sendHeaders(id, response(), false)
  assert.is(
    codeOf(() => h3.sendHeaders(id, response(), false)),
    'ERR_HTTP3_HEADERS_SENT',
  )
  assert.is(
    codeOf(() => h3.sendInformational(id, response(103))),
    'ERR_HTTP3_HEADERS_SENT',
  )
})

test('only clients send requests', () => {
  const lone = new Lone('server')
  assert.is(
    codeOf(() => lone.h3.request(request(), true)),
    'ERR_HTTP3_INVALID_ROLE',
  )
})

test('a body is refused where the response has none, an empty end is not', () => {
  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const) {
    const { lone, id } = asked(method)
    lone.h3.sendHeaders(id, response(status), false)
    assert.is(
      codeOf(() => lone.h3.sendData(id, bytes(1), true)),
      'ERR_HTTP3_BODY_NOT_ALLOWED',
    )
    assert.is(lone.h3.sendData(id, bytes(), true), true)
  }
})

test('a tunnel has no trailers', () => {
  const { lone, id } = asked('CONNECT')
  lone.h3.sendHeaders(id, response(), false)
  assert.is(
    codeOf(() => lone.h3.sendTrailers(id, [])),
    'ERR_HTTP3_TRAILERS_NOT_ALLOWED',
  )
  lone.h3.sendData(id, bytes(1), true)
})

test('fields larger than the peer accepts are refused', () => {
  const settings = concatBytes([bytes(6), varint(200)])
  const { lone, id } = asked('GET', settings)
  const big = `x: ${'a'.repeat(100)}`
  const code = 'ERR_HTTP3_FIELD_SECTION_TOO_LARGE'
  assert.is(
    codeOf(() => lone.h3.sendHeaders(id, response(200, big, big), false)),
    code,
  )
  lone.h3.sendHeaders(id, response(200, big.slice(0, 60)), false)
  assert.is(
    codeOf(() => lone.h3.sendTrailers(id, fields(big, big))),
    code,
  )
  const client = new Lone('client', {}, settings)
  assert.is(
    codeOf(() => client.h3.request(request('GET', '/', big), true)),
    code,
  )
  assert.is(client.h3.request(request(), true), 0)
})

test('HEADERS and their section are written together, and so is a small body', () => {
  const { lone, id } = asked()
  const writes: number[] = []
  const write = lone.transport.write.bind(lone.transport)
  lone.transport.write = (stream, data, fin) => {
    writes.push(data.length)
    return write(stream, data, fin)
  }
  lone.h3.sendHeaders(id, response(), false)
  assert.is(writes.length, 1)
  lone.h3.sendData(id, new Uint8Array(100), false)
  assert.is(writes.length, 2)
  lone.h3.sendData(id, new Uint8Array(100_000), true)
  assert.equal(writes.slice(2), [5, 100_000])
})

test.run()
