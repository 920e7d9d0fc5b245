import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HeaderMap } from '../../src/api/header-map.ts'
import type { Field } from '../../src/qpack/index.ts'

const test = suite('api/header-map')

test('names are found in any case and kept in the order of their setting', () => {
  const map = new HeaderMap('response')
  map.set('Content-Type', 'text/plain')
  map.set('X-A', 1)
  assert.is(map.get('content-TYPE'), 'text/plain')
  assert.ok(map.has('x-a'))
  assert.equal(map.names(), ['content-type', 'x-a'])
  map.delete('X-a')
  assert.equal({ ...map.toObject() }, { 'content-type': 'text/plain' })
})

test('appending makes a list', () => {
  const map = new HeaderMap('response')
  map.append('set-cookie', 'a')
  map.append('Set-Cookie', ['b', 'c'])
  assert.equal(map.get('set-cookie'), ['a', 'b', 'c'])
  const fields: Field[] = []
  map.pushTo(fields)
  assert.equal(
    fields.map(({ value }) => value),
    ['a', 'b', 'c'],
  )
})

test('pairs replace what was set before, and may repeat a name', () => {
  const map = new HeaderMap('response')
  map.set('link', 'old')
  map.setAll([
    ['link', 'one'],
    ['link', 'two'],
  ])
  assert.equal(map.get('link'), ['one', 'two'])
})

test('what belongs to HTTP/1.1 connections is ignored', () => {
  const map = new HeaderMap('response')
  map.setAll({ connection: 'keep-alive', 'keep-alive': 'timeout=5', server: 's' })
  assert.equal(map.names(), ['server'])
})

test('a header with a line break is refused when it is set', () => {
  assert.throws(() => new HeaderMap('response').set('a', 'b\nc'), /Invalid character/)
})

const refusal =
  (reason: string) =>
  (error: Error): boolean =>
    error instanceof TypeError &&
    (error as { code?: unknown }).code === 'ERR_HTTP3_INVALID_HEADER' &&
    error.message === reason

test('what HTTP/3 would not send in a response is refused when it is set', () => {
  const map = new HeaderMap('response')
  assert.throws(() => map.set('TE', 'trailers'), refusal('te in a response'))
  const isNoLength = refusal('content-length is invalid or repeated')
  const noLengths = ['', '-1', '1.5', '0x10', '1e3', '9007199254740992', -1, 1.5, Number.NaN, []]
  for (const value of [...noLengths, ['1', '1']]) {
    assert.throws(() => map.set('Content-Length', value), isNoLength, String(value))
  }
  for (const value of [0, 10, '0', '007', ' 5 ', '9007199254740991', ['5']]) {
    map.set('content-length', value)
    assert.equal(map.get('content-length'), value)
  }
  assert.throws(() => map.append('content-length', '5'), isNoLength)
  assert.throws(
    () =>
      map.setAll([
        ['content-length', '5'],
        ['content-length', '5'],
      ]),
    isNoLength,
  )
})

test('what would change the message is refused in trailers', () => {
  const map = new HeaderMap('trailers')
  for (const name of ['content-length', 'Host', 'te']) {
    assert.throws(() => map.set(name, '1'), refusal(`${name.toLowerCase()} in trailers`))
  }
  map.setAll({ connection: 'close', 'x-sum': '1' })
  assert.equal(map.names(), ['x-sum'])
})

test.run()
