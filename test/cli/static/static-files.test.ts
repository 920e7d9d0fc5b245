import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { StaticFiles } from '../../../src/cli/static/static-files.ts'
import { type ClientSession, connect, type OutgoingHeaders } from '../../../src/index.ts'
import { makeFifo } from '../../support/fifo.ts'
import { type Answer, ask, startServer, type TestServer } from '../../support/http3.ts'

interface Context {
  base: string
  hasPipe: boolean
  server: TestServer
  session: ClientSession
}

const test = suite<Context>('cli/static/static-files')
const MODIFIED = new Date('2024-02-03T04:05:06Z')

test.before(async (context) => {
  context.base = mkdtempSync(join(tmpdir(), 'tsquic-'))
  const root = join(context.base, 'root')
  mkdirSync(join(root, 'sub'), { recursive: true })
  mkdirSync(join(root, 'site'))
  writeFileSync(join(root, 'digits.txt'), '0123456789')
  utimesSync(join(root, 'digits.txt'), MODIFIED, MODIFIED)
  writeFileSync(join(root, 'empty'), '')
  writeFileSync(join(root, '.hidden'), 'h')
  writeFileSync(join(root, 'site', 'index.html'), '<p>index')
  writeFileSync(join(root, 'sub', 'a&b.txt'), 'x')
  writeFileSync(join(context.base, 'secret'), 'secret')
  context.hasPipe = makeFifo(join(root, 'pipe'))
  mkdirSync(join(root, 'odd', 'index.html'), { recursive: true })
  symlinkSync(join(context.base, 'secret'), join(root, 'link'))
  const files = await StaticFiles.open(root)
  context.server = await startServer((request, response) => void files.handle(request, response))
  context.session = connect(context.server.origin, { ca: context.server.ca })
})

test.after(async ({ base, server, session }) => {
  rmSync(base, { recursive: true })
  await session.close()
  await server.server.close()
})

function get({ session }: Context, path: string, headers: OutgoingHeaders = {}): Promise<Answer> {
  return ask(session, { ':path': path, ...headers })
}

test('a file comes with its type, length and date', async (context) => {
  const { headers, body } = await get(context, '/digits.txt?x')
  assert.is(headers[':status'], 200)
  assert.is(headers['content-type'], 'text/plain; charset=utf-8')
  assert.is(headers['content-length'], '10')
  assert.is(headers['last-modified'], 'Sat, 03 Feb 2024 04:05:06 GMT')
  assert.is(body.toString(), '0123456789')
})

test('a pipe is not waited for', async (context) => {
  if (!context.hasPipe) return
  const answers = await Promise.all(Array.from({ length: 8 }, () => get(context, '/pipe')))
  for (const { headers } of answers) assert.is(headers[':status'], 404)
})

test('a slash at the end of a query is no directory', async (context) => {
  assert.is((await get(context, '/digits.txt?from=/')).body.toString(), '0123456789')
  assert.is((await get(context, '/digits.txt/')).headers[':status'], 404)
})

test('a directory named index.html is listed, not sent', async (context) => {
  assert.match((await get(context, '/odd/')).body.toString(), 'href="./index.html/"')
})

test('HEAD has the headers alone', async (context) => {
  const { headers, body } = await get(context, '/digits.txt', { ':method': 'HEAD' })
  assert.is(headers['content-length'], '10')
  assert.is(body.length, 0)
})

test('an empty file is empty', async (context) => {
  const { headers, body } = await get(context, '/empty')
  assert.is(headers[':status'], 200)
  assert.is(headers['content-length'], '0')
  assert.is(body.length, 0)
})

test('a range is 206 with that part', async (context) => {
  for (const [range, part, place] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
  ] as const) {
    const { headers, body } = await get(context, '/digits.txt', { range })
    assert.is(headers[':status'], 206)
    assert.is(headers['content-range'], place)
    assert.is(body.toString(), part)
  }
  const beyond = await get(context, '/digits.txt', { range: 'bytes=10-' })
  assert.is(beyond.headers[':status'], 416)
  assert.is(beyond.headers['content-range'], 'bytes */10')
})

test('a range of another version of the file is all of this one', async (context) => {
  const range = 'bytes=0-1'
  const { headers } = await get(context, '/digits.txt')
  const same = await get(context, '/digits.txt', { range, 'if-range': String(headers.etag) })
  assert.is(same.headers[':status'], 206)
  const other = await get(context, '/digits.txt', { range, 'if-range': '"other"' })
  assert.is(other.headers[':status'], 200)
})

test('what the client has already is 304', async (context) => {
  const { headers } = await get(context, '/digits.txt')
  const etag = String(headers.etag)
  const date = String(headers['last-modified'])
  for (const condition of [
    { 'if-none-match': etag },
    { 'if-none-match': `"x", W/${etag}` },
    { 'if-none-match': '*' },
    { 'if-modified-since': date },
  ]) {
    const answer = await get(context, '/digits.txt', condition)
    assert.is(answer.headers[':status'], 304, JSON.stringify(condition))
    assert.is(answer.body.length, 0)
  }
  for (const condition of [
    { 'if-none-match': '"x"' },
    { 'if-none-match': '"x"', 'if-modified-since': date },
    { 'if-modified-since': 'Fri, 02 Feb 2024 00:00:00 GMT' },
    { 'if-modified-since': 'nonsense' },
  ]) {
    assert.is((await get(context, '/digits.txt', condition)).headers[':status'], 200)
  }
})

test('a folder shows its index, or a list', async (context) => {
  assert.is((await get(context, '/site/')).body.toString(), '<p>index')
  const list = (await get(context, '/')).body.toString()
  assert.match(list, 'href="./sub/"')
  assert.not.match(list, 'hidden')
  assert.match((await get(context, '/sub/')).body.toString(), 'a&#38;b.txt')
})

test('a folder without its slash is redirected, within this host', async (context) => {
  assert.is((await get(context, '/site?q=1')).headers.location, '/site/?q=1')
  assert.is((await get(context, '//site')).headers.location, '/site/')
})

test('what is hidden, outside or not there is 404', async (context) => {
  for (const path of ['/none', '/.hidden', '/link', '/%2e%2e/secret', '/digits.txt/', '/sub/%00']) {
    const { headers, body } = await get(context, path)
    assert.is(headers[':status'], 404, path)
    assert.not.match(body.toString(), 'secret')
  }
})

test('other methods are 405', async (context) => {
  const { headers } = await get(context, '/digits.txt', { ':method': 'DELETE' })
  assert.is(headers[':status'], 405)
  assert.is(headers.allow, 'GET, HEAD')
})

test.run()
