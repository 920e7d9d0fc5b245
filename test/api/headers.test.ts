import { sensitiveHeaders as http2SensitiveHeaders } from 'node:http2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  sensitiveHeaders,
  toFields,
  toHeaders,
  toRawHeaders,
  toResponseHeaders,
} from '../../src/api/headers.ts'

const test = suite('api/headers')

const field = (name: string, value: string) => ({ name, value })

test('repeated fields are joined as node:http joins them', () => {
  const headers = toHeaders([
    field(':method', 'GET'),
    field('accept', 'text/html'),
    field('accept', 'text/plain'),
    field('cookie', 'a=1'),
    field('cookie', 'b=2'),
    field('set-cookie', 'x=1'),
    field('set-cookie', 'y=2'),
    field('content-type', 'text/plain'),
    field('content-type', 'text/html'),
  ])
  assert.equal(
    { ...headers },
    {
      accept: 'text/html, text/plain',
      cookie: 'a=1; b=2',
      'set-cookie': ['x=1', 'y=2'],
      'content-type': 'text/plain',
    },
  )
})

test('a single set-cookie is an array too', () => {
  assert.equal(toHeaders([field('set-cookie', 'x=1')])['set-cookie'], ['x=1'])
})

test('a field named __proto__ is a field', () => {
  const headers = toHeaders([field('__proto__', 'x'), field('constructor', 'y')])
  assert.is(Object.getPrototypeOf(headers), null)
  assert.is(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'x')
  assert.is(headers.constructor, 'y')
  assert.is(({} as Record<string, unknown>).x, undefined)
})

test('raw headers keep order and repetition, without pseudo-headers', () => {
  const raw = toRawHeaders([field(':path', '/'), field('b', '1'), field('a', '2'), field('b', '3')])
  assert.equal(raw, ['b', '1', 'a', '2', 'b', '3'])
})

test('a response has its status as a number', () => {
  const headers = toResponseHeaders([field(':status', '404'), field('server', 's')])
  assert.is(headers[':status'], 404)
  assert.is(headers.server, 's')
})

test('an object becomes fields with lower-case names', () => {
  assert.equal(toFields({ 'X-One': 1, 'x-list': ['a', 'b'], 'x-none': undefined }), [
    field('x-one', '1'),
    field('x-list', 'a'),
    field('x-list', 'b'),
  ])
})

test('pseudo-headers and those of HTTP/1.1 connections are left out', () => {
  const headers = {
    ':path': '/',
    connection: 'close',
    'Transfer-Encoding': 'chunked',
    te: 'trailers',
  }
  assert.equal(toFields(headers), [field('te', 'trailers')])
})

test('names in sensitiveHeaders, the symbol of node:http2, are marked', () => {
  assert.is(sensitiveHeaders, http2SensitiveHeaders)
  const [one, two] = toFields({ 'x-token': 't', 'x-open': 'o', [sensitiveHeaders]: ['x-token'] })
  assert.is(one?.sensitive, true)
  assert.is(two?.sensitive, undefined)
})

test('names and values that would split a message are refused', () => {
  const codeOf = (action: () => void): unknown => {
    try {
      action()
    } catch (error) {
      return (error as { code?: string }).code
    }
    return undefined
  }
  assert.is(
    codeOf(() => toFields({ 'bad name': 'x' })),
    'ERR_INVALID_HTTP_TOKEN',
  )
  assert.is(
    codeOf(() => toFields({ '': 'x' })),
    'ERR_INVALID_HTTP_TOKEN',
  )
  assert.is(
    codeOf(() => toFields({ ok: 'a\r\nb: c' })),
    'ERR_INVALID_CHAR',
  )
  assert.is(
    codeOf(() => toFields({ ok: ['fine', 'a\0b'] })),
    'ERR_INVALID_CHAR',
  )
})

test.run()
