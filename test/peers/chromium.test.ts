/** A page of ours in Chromium, over HTTP/3 alone. */
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSecureServer } from '../../src/index.ts'
import { Browser } from '../support/chromium.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { megabyte, sha256, testBytes, Workspace } from '../support/workspace.ts'

const test = suite('our server and Chromium')
const workspace = new Workspace()
const picture = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="${colour}"/></svg>`
const upload = testBytes(5 * megabyte)

const pages = new Map<string, readonly [type: string, body: string | Uint8Array]>([
  [
    '/',
    [
      'text/html',
      `<!doctype html><title>tsquic</title><link rel="stylesheet" href="/style.css">
<script src="/script.js"></script><img id="a" src="/red.svg"><img id="b" src="/blue.svg">
<output id="echo"></output>`,
    ],
  ],
  ['/style.css', ['text/css', 'body { background: rgb(1, 2, 3) }']],
  ['/script.js', ['text/javascript', 'window.scriptHasRun = true']],
  ['/red.svg', ['image/svg+xml', picture('red')]],
  ['/blue.svg', ['image/svg+xml', picture('blue')]],
  ['/upload', ['application/octet-stream', upload]],
  ['/favicon.ico', ['image/svg+xml', picture('green')]],
])

const createServer = (cert: string, key: string) =>
  createSecureServer({ cert, key }, (request, response) => {
    if (request.method === 'POST' && request.url === '/echo') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      request.pipe(response)
      return
    }
    const page = pages.get(new URL(request.url, origin).pathname)
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': page?.[0] ?? 'text/plain',
    })
    response.end(page?.[1] ?? 'not found')
  })

let server: ReturnType<typeof createServer> | undefined
let browser: Browser | undefined
let origin = ''

test.before(async () => {
  if (findPeer('chromium') === undefined) return
  const { cert, key, spkiHash } = await workspace.createIdentity('server')
  server = createServer(cert, key)
  await server.listen(0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  origin = `https://localhost:${port}`
  browser = await Browser.launch({ quicPort: port, spkiHash })
})

test.after(async () => {
  await browser?.close()
  await server?.close()
})

const evaluate = (expression: string): Promise<unknown> => browser!.evaluate(expression)

peerTest(test, 'chromium', 'a page with pictures, style and script comes over h3', async () => {
  await browser!.navigate(`${origin}/`)
  const entries = await evaluate(`
    performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
      .map((entry) => [new URL(entry.name).pathname, entry.nextHopProtocol]).sort()`)
  assert.equal(
    entries,
    ['/', '/blue.svg', '/red.svg', '/script.js', '/style.css'].map((path) => [path, 'h3']),
  )
})

peerTest(test, 'chromium', 'what came is what the page is made of', async () => {
  assert.is(await evaluate('window.scriptHasRun'), true)
  assert.is(await evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(1, 2, 3)')
  assert.equal(await evaluate('[a, b].map((image) => image.naturalWidth)'), [30, 30])
})

peerTest(test, 'chromium', 'an upload of 5 MB comes back byte for byte and is shown', async () => {
  const shown = await evaluate(`(async () => {
    const body = await (await fetch('/upload')).arrayBuffer()
    const answer = await fetch('/echo', { method: 'POST', body })
    const hash = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer())
    const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    echo.textContent = hex
    return echo.textContent
  })()`)
  assert.is(shown, sha256(upload))
})

peerTest(test, 'chromium', 'fifty requests at once are all answered', async () => {
  const statuses = await evaluate(`Promise.all(
    Array.from({ length: 50 }, async (_, index) => (await fetch('/red.svg?' + index)).status))`)
  assert.equal(statuses, new Array(50).fill(200))
})

test.run()
