import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FieldHistory, isNeverIndexed, isVolatile } from '../../src/qpack/indexing-policy.ts'

const test = suite('qpack/indexing-policy')

test('credentials are never indexed, however long', () => {
  assert.ok(isNeverIndexed('authorization', 'Basic eA=='))
  assert.ok(isNeverIndexed('authorization', `Bearer ${'x'.repeat(200)}`))
  assert.ok(isNeverIndexed('proxy-authorization', `Bearer ${'x'.repeat(200)}`))
})

test('secrets short enough to guess are never indexed', () => {
  for (const name of ['cookie', 'set-cookie', 'x-csrf-token', 'x-api-key']) {
    assert.ok(isNeverIndexed(name, 'pin=1234'))
    assert.not.ok(isNeverIndexed(name, 'session=0123456789abcdef0123456789abcdef'))
  }
})

test('other fields may be indexed', () => {
  for (const name of [':path', 'user-agent', 'accept']) assert.not.ok(isNeverIndexed(name, 'x'))
})

test('fields that are new with each message are known', () => {
  assert.ok(isVolatile(':path'))
  assert.ok(isVolatile('etag'))
  assert.not.ok(isVolatile('user-agent'))
})

test('a field is remembered from its first time on', () => {
  const history = new FieldHistory()
  assert.not.ok(history.seen('etag', '"1"'))
  assert.not.ok(history.seen('etag', '"2"'))
  assert.not.ok(history.seen('x-etag', '"1"'))
  assert.ok(history.seen('etag', '"1"'))
  assert.ok(history.seen('etag', '"2"'))
})

test('what is remembered gives way to what comes later', () => {
  const history = new FieldHistory()
  history.seen('etag', '"first"')
  for (let i = 0; i < 20_000; i++) history.seen('etag', `"${i}"`)
  assert.not.ok(history.seen('etag', '"first"'))
})

test.run()
