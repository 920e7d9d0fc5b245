import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { H3Error, H3ErrorCode } from '../../src/h3/errors.ts'
import {
  checkRequest,
  checkResponse,
  checkTrailers,
  fieldSectionSize,
  joinCookies,
  responseHasContent,
} from '../../src/h3/message-validation.ts'
import { fields, request, response } from './harness.ts'

const test = suite('message validation')

function refused(check: () => unknown, name: string): void {
  try {
    check()
  } catch (error) {
    assert.instance(error, H3Error, name)
    assert.is((error as H3Error).code, H3ErrorCode.messageError, name)
    assert.is((error as H3Error).scope, 'stream', name)
    return
  }
  assert.unreachable(`accepted: ${name}`)
}

test('a request says its method and content length', () => {
  assert.equal(checkRequest(request()), { method: 'GET', contentLength: -1 })
  const post = request('POST', '/a?b', 'content-length: 12', 'te: trailers', 'x: ')
  assert.equal(checkRequest(post), { method: 'POST', contentLength: 12 })
})

test('requests of every legal form pass', () => {
  for (const lines of [
    [':method: OPTIONS', ':scheme: https', ':authority: a', ':path: *'],
    [':method: GET', ':scheme: https', ':path: /', 'host: a'],
    [':method: GET', ':path: /', ':scheme: http', ':authority: a:80', 'host: a:80'],
    [':method: GET', ':scheme: mailto', ':path: joe'],
    [':method: CONNECT', ':authority: a:443'],
    [':method: CONNECT', ':authority: a:443', 'content-length: 5'],
  ])
    checkRequest(fields(...lines))
})

test('requests with missing, repeated or foreign pseudo-header fields are malformed', () => {
  const whole = [':method: GET', ':scheme: https', ':authority: a', ':path: /']
  for (const left of [0, 1, 2, 3]) {
    const rest = whole.filter((_, i) => i !== left)
    refused(() => checkRequest(fields(...rest)), `without ${whole[left]}`)
    refused(() => checkRequest(fields(...whole, whole[left]!)), `twice ${whole[left]}`)
    refused(() => checkRequest(fields(...rest, 'x: y', whole[left]!)), `late ${whole[left]}`)
  }
  for (const line of [':status: 200', ':protocol: websocket', ':foo: bar', ':: x', ':Path: /'])
    refused(() => checkRequest(fields(...whole, line)), line)
  refused(() => checkRequest([]), 'no fields')
})

test('requests with illegal values of pseudo-header fields are malformed', () => {
  const base = { method: 'GET', scheme: 'https', authority: 'a', path: '/' }
  const cases: Partial<typeof base>[] = [
    { method: '' },
    { method: 'G T' },
    { method: 'GET\r\nx' },
    { scheme: '' },
    { scheme: 'ht tp' },
    { authority: '' },
    { authority: 'user@a' },
    { authority: 'a/b' },
    { path: '' },
    { path: 'a' },
    { path: '*' },
    { path: '/a b' },
    { path: '/\0' },
    { path: 'https://a/' },
  ]
  for (const change of cases) {
    const { method, scheme, authority, path } = { ...base, ...change }
    const list = fields(
      `:method: ${method}`,
      `:scheme: ${scheme}`,
      `:authority: ${authority}`,
      `:path: ${path}`,
    )
    refused(() => checkRequest(list), JSON.stringify(change))
  }
})

test('host and :authority agree, and there is one of them', () => {
  refused(() => checkRequest(request('GET', '/', 'host: example.com')), 'another host')
  refused(() => checkRequest(request('GET', '/', 'host: example.org', 'host: example.org')), 'two')
  refused(() => checkRequest(request('GET', '/', 'host: ')), 'an empty host')
  const withoutAuthority = fields(':method: GET', ':scheme: https', ':path: /', 'host: ')
  refused(() => checkRequest(withoutAuthority), 'only an empty host')
})

test('CONNECT has nothing but an authority with a port', () => {
  for (const lines of [
    [':method: CONNECT'],
    [':method: CONNECT', ':authority: a'],
    [':method: CONNECT', ':authority: a:443', ':scheme: https'],
    [':method: CONNECT', ':authority: a:443', ':path: /'],
    [':method: CONNECT', ':authority: https://a:443/'],
    [':method: CONNECT', ':authority: a:443', 'host: b:443'],
  ])
    refused(() => checkRequest(fields(...lines)), lines.join())
})

test('field names and values of HTTP/1.1 alone are malformed in every section', () => {
  const lines = [
    'connection: close',
    'keep-alive: 5',
    'proxy-connection: x',
    'transfer-encoding: chunked',
  ]
  lines.push('upgrade: h2c', 'te: gzip', 'te: trailers, gzip')
  for (const line of lines) {
    refused(() => checkRequest(request('GET', '/', line)), `request ${line}`)
    refused(() => checkResponse(response(200, line)), `response ${line}`)
    refused(() => checkTrailers(fields(line)), `trailers ${line}`)
  }
  refused(() => checkResponse(response(200, 'te: trailers')), 'te in a response')
})

test('names and values with illegal bytes are malformed in every section', () => {
  const list = [
    { name: 'Upper', value: 'x' },
    { name: 'with space', value: 'x' },
    { name: 'with:colon', value: 'x' },
    { name: 'with\0nul', value: 'x' },
    { name: '', value: 'x' },
    { name: 'x', value: 'a\rb' },
    { name: 'x', value: 'a\nb' },
    { name: 'x', value: 'a\0b' },
    { name: 'x', value: ' a' },
    { name: 'x', value: 'a\t' },
  ]
  for (const field of list) {
    const name = JSON.stringify(field)
    refused(() => checkRequest([...request(), field]), name)
    refused(() => checkResponse([...response(), field]), name)
    refused(() => checkTrailers([field]), name)
  }
})

test('names of object members are names like others', () => {
  const list = fields('__proto__: 1', 'constructor: 2', 'hasownproperty: 3')
  checkTrailers(list)
  checkRequest([...request(), ...list])
})

test('content-length is one plain number', () => {
  for (const lines of [
    ['content-length: +5'],
    ['content-length: 0x5'],
    ['content-length: 5, 5'],
    ['content-length: '],
    [`content-length: ${2n ** 64n}`],
    ['content-length: 5', 'content-length: 6'],
    ['content-length: 5', 'content-length: 5'],
  ]) {
    refused(() => checkRequest(request('POST', '/', ...lines)), lines.join())
    refused(() => checkResponse(response(200, ...lines)), lines.join())
  }
})

test('a response begins with a status of three digits, and 101 is none', () => {
  assert.equal(checkResponse(response(204)), { status: 204, contentLength: -1 })
  assert.is(checkResponse(response(999)).status, 999)
  for (const lines of [
    [],
    ['x: y'],
    ['x: y', ':status: 200'],
    [':status: 200', ':status: 200'],
    [':status: 20'],
    [':status: 2000'],
    [':status: 099'],
    [':status: abc'],
    [':status:  200'],
    [':status: 101'],
    [':status: 200', ':path: /'],
    [':method: GET', ':status: 200'],
  ])
    refused(() => checkResponse(fields(...lines)), lines.join())
})

test('trailers have no pseudo-header fields and nothing that changes the message', () => {
  checkTrailers(fields('x-sum: 1'))
  for (const line of [':status: 200', ':path: /', 'content-length: 5', 'host: a', 'te: trailers'])
    refused(() => checkTrailers(fields(line)), line)
})

test('cookie lines are put together at the place of the first', () => {
  const list = fields('a: 1', 'cookie: b=2', 'c: 3', 'cookie: d=4', 'cookie: e=5')
  assert.equal(joinCookies(list), [
    { name: 'a', value: '1' },
    { name: 'cookie', value: 'b=2; d=4; e=5', sensitive: false },
    { name: 'c', value: '3' },
  ])
  const one = fields('cookie: b=2')
  assert.is(joinCookies(one), one)
})

test('joined cookies are sensitive when one of them is', () => {
  const list = [
    { name: 'cookie', value: 'a=1' },
    { name: 'cookie', value: 'b=2', sensitive: true },
  ]
  assert.is(joinCookies(list)[0]!.sensitive, true)
})

test('responses to HEAD, 204 and 304 have no content', () => {
  assert.not(responseHasContent('HEAD', 200))
  assert.not(responseHasContent('GET', 204))
  assert.not(responseHasContent('GET', 304))
  assert.ok(responseHasContent('GET', 200))
})

test('a field counts 32 bytes more than its name and value', () => {
  assert.is(fieldSectionSize(fields('ab: cde', 'f: ')), 5 + 32 + 1 + 32)
})

test.run()
