import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HeaderMap } from '../../src/api/header-map.ts'
import type { Field } from '../../src/qpack/index.ts'

const test = suite('api/header-map')

test('names are found in any case and kept in the order of their setting', () => {
  const map = new HeaderMap()
  map.set('Content-Type', 'text/plain')
  map.set('X-A', 1)
  assert.is(map.get('content-TYPE'), 'text/plain')
  assert.ok(map.has('x-a'))
  assert.equal(map.names(), ['content-type', 'x-a'])
  map.delete('X-a')
  assert.equal({ ...map.toObject() }, { 'content-type': 'text/plain' })
})

test('appending makes a list', () => {
  const map = new HeaderMap()
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
  const map = new HeaderMap()
  map.set('link', 'old')
  map.setAll([
    ['link', 'one'],
    ['link', 'two'],
  ])
  assert.equal(map.get('link'), ['one', 'two'])
})

test('what belongs to HTTP/1.1 connections is ignored', () => {
  const map = new HeaderMap()
  map.setAll({ connection: 'keep-alive', 'keep-alive': 'timeout=5', server: 's' })
  assert.equal(map.names(), ['server'])
})

test('a header with a line break is refused when it is set', () => {
  assert.throws(() => new HeaderMap().set('a', 'b\nc'), /Invalid character/)
})

test.run()
