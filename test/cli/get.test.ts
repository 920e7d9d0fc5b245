import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'
import { createDevCertificate, createSecureServer } from '../../src/index.ts'
import { CapturedIo } from '../support/captured-io.ts'
import { createSelfSigned } from '../support/certificates.ts'
import { makeFifo } from '../support/fifo.ts'
import { until } from '../support/hostile.ts'
import { patternBytes, startServer, type TestServer } from '../support/http3.ts'

interface Context {
  folder: string
  ca: string
  server: TestServer
}

const test = suite<Context>('cli/get')
const big = patternBytes(1_000_000)

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'tsquic-'))
  context.server = await startServer((request, response) => {
    const { url } = request
    if (url === '/big') response.end(big)
    else if (url === '/cut') {
      response.setHeader('content-length', 1000)
      response.write('only this', () => setTimeout(() => response.destroy(), 20))
    } else if (url === '/moved') {
      response.writeHead(302, { location: '/big' })
      response.end()
    } else if (url === '/endless') response.write('begun')
    else if (url.startsWith('/text')) response.end(url)
    else {
      response.writeHead(404)
      response.end('none')
    }
  })
  context.ca = join(context.folder, 'ca.pem')
  writeFileSync(context.ca, context.server.ca)
})

test.after(async ({ folder, server }) => {
  rmSync(folder, { recursive: true })
  await server.server.close()
})

async function get(context: Context, paths: readonly string[], ...options: string[]) {
  const io = new CapturedIo()
  const urls = paths.map((path) => context.server.origin + path)
  const code = await main(['get', '--ca', context.ca, ...options, ...urls], io)
  return { code, out: io.out, err: io.err }
}

test('a file goes to standard output', async (context) => {
  assert.equal(await get(context, ['/text']), { code: 0, out: '/text', err: '' })
})

test('several files go to standard output in the order of the URLs', async (context) => {
  const paths = Array.from({ length: 20 }, (_, i) => `/text${i}`)
  const { out } = await get(context, ['/big', ...paths])
  assert.is(out, big.toString('latin1') + paths.join(''))
})

test('-o writes the file when it is whole', async (context) => {
  const file = join(context.folder, 'out')
  assert.is((await get(context, ['/big'], '-o', file)).code, 0)
  assert.ok(readFileSync(file).equals(big))
  assert.not.ok(existsSync(`${file}.part`))
})

test('--download names files as in their URLs, over one connection', async (context) => {
  const folder = join(context.folder, 'down')
  const paths = ['/big', '/text/a%20b', '/text/..%2f..%2fx', '/text/?query']
  const { code } = await get(context, paths, '--download', folder)
  assert.is(code, 0)
  assert.equal(readdirSync(folder).sort(), ['.._.._x', 'a b', 'big', 'index.html'])
})

test('a failure is told, and does not take the others with it', async (context) => {
  const folder = join(context.folder, 'some')
  const { code, err } = await get(context, ['/none', '/text'], '--download', folder)
  assert.is(code, 1)
  assert.match(err, '/none: the server answered 404')
  assert.equal(readdirSync(folder), ['text'])
})

test('a file that is cut off keeps its .part name', async (context) => {
  const file = join(context.folder, 'cut')
  const { code, err } = await get(context, ['/cut'], '-o', file)
  assert.is(code, 1)
  assert.match(err, 'ERR_HTTP3_')
  assert.not.ok(existsSync(file))
})

test('a pipe is written to and stays what it is', async (context) => {
  const pipe = join(context.folder, 'pipe')
  if (!makeFifo(pipe)) return
  const [read, { code }] = await Promise.all([readFile(pipe), get(context, ['/big'], '-o', pipe)])
  assert.is(code, 0)
  assert.ok(read.equals(big))
  assert.ok(statSync(pipe).isFIFO())
})

test('-o - is standard output', async (context) => {
  assert.is((await get(context, ['/text'], '-o', '-')).out, '/text')
})

test('Ctrl-C ends it with 130 and leaves the .part', async (context) => {
  const file = join(context.folder, 'interrupted')
  const result = get(context, ['/endless'], '-o', file)
  while (!existsSync(`${file}.part`)) await new Promise((resolve) => setTimeout(resolve, 10))
  process.emit('SIGINT')
  const { code, err } = await result
  assert.is(code, 130)
  assert.is(err, 'tsquic get: interrupted; what is not whole ends in .part\n')
  assert.not.ok(existsSync(file))
})

test('Ctrl-C says nothing of .part where no file is written', async (context) => {
  const io = new CapturedIo()
  const result = main(['get', '--ca', context.ca, `${context.server.origin}/endless`], io)
  while (io.out === '') await new Promise((resolve) => setTimeout(resolve, 10))
  process.emit('SIGINT')
  assert.is(await result, 130)
  assert.is(io.err, 'tsquic get: interrupted\n')
})

test('a server that ends in the middle of a file is told', async (context) => {
  const io = new CapturedIo()
  const { server, origin, ca } = await startServer((_request, response) => response.write('begun'))
  const file = join(context.folder, 'ending.pem')
  writeFileSync(file, ca)
  const result = main(['get', '--ca', file, `${origin}/`], io)
  while (io.out === '') await new Promise((resolve) => setTimeout(resolve, 10))
  server.closeAllConnections()
  await server.close()
  assert.is(await result, 1)
  assert.match(io.err, 'the server closed the connection before the file was whole')
})

test('a redirect is not followed but told', async (context) => {
  const { code, err } = await get(context, ['/moved'])
  assert.is(code, 1)
  assert.match(err, 'the server answered 302, it is at /big')
})

test('an unknown authority is refused with advice, and accepted with --insecure', async (context) => {
  const url = `${context.server.origin}/text`
  const refused = new CapturedIo()
  assert.is(await main(['get', url], refused), 1)
  assert.match(refused.err, '--ca')
  assert.is(refused.out, '')
  const insecure = new CapturedIo()
  assert.is(await main(['get', '--insecure', url], insecure), 0)
  assert.is(insecure.out, '/text')
})

test('a certificate that was made anew is told from the one that --ca holds', async (context) => {
  const [now, before] = [await createDevCertificate(), await createDevCertificate()]
  const server = createSecureServer(now, (_request, response) => response.end('x'))
  await server.listen({ port: 0, host: '127.0.0.1' })
  const ca = join(context.folder, 'before.pem')
  writeFileSync(ca, before.cert)
  const io = new CapturedIo()
  const url = `https://localhost:${server.address()?.port}/`
  assert.is(await main(['get', '--ca', ca, url], io), 1)
  assert.match(io.err, '[DEPTH_ZERO_SELF_SIGNED_CERT]')
  assert.match(io.err, '--ca does not hold the authority of this certificate')
  await server.close()
})

test('an authority that was made anew is told from the one of its name that --ca holds', async (context) => {
  const authority = { subject: 'CN=Remade', ca: true, hosts: [], purposes: [], keyUsage: 32 }
  const [now, before] = [await createSelfSigned(authority), await createSelfSigned(authority)]
  const { certPem: cert, keyPem: key } = await now.issue()
  const server = createSecureServer({ cert, key }, (_request, response) => response.end('x'))
  await server.listen({ port: 0, host: '127.0.0.1' })
  const url = `https://localhost:${server.address()?.port}/`
  const ca = join(context.folder, 'remade.pem')
  writeFileSync(ca, before.certPem)
  const io = new CapturedIo()
  assert.is(await main(['get', '--ca', ca, url], io), 1)
  assert.match(io.err, '[CERT_SIGNATURE_FAILURE]')
  assert.match(io.err, 'the trusted CN=Remade')
  assert.match(io.err, 'Was the authority made anew, with the same name but another key?')
  // As when the new one is added to the file.
  writeFileSync(ca, before.certPem + now.certPem)
  assert.is(await main(['get', '--ca', ca, url], new CapturedIo()), 0)
  await server.close()
})

test('-v shows headers on standard error, --keylog writes secrets', async (context) => {
  const file = join(context.folder, 'keys')
  const { out, err } = await get(context, ['/text'], '-v', '--keylog', file)
  assert.is(out, '/text')
  assert.match(err, '< :status: 200')
  const secret = /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]+ [0-9a-f]+$/m
  await until(() => secret.test(readFileSync(file, 'utf8')), 'secret in the file')
})

test('progress is drawn on a terminal only, and taken away at the end', async (context) => {
  const io = new CapturedIo(true)
  const file = join(context.folder, 'progress')
  const url = `${context.server.origin}/big`
  assert.is(await main(['get', '--ca', context.ca, '-o', file, url], io), 0)
  assert.match(io.err, /\[#*-*\] +\d+ % \d+\.\d MB\/s {2}0\/1/)
  assert.ok(io.err.endsWith('\r\x1b[K'))
})

test.run()
