/** A page of `tsquic serve` in Chromium, over HTTP/3 alone. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Browser } from '../support/chromium.ts'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { megabyte, sha256, testBytes, Workspace } from '../support/workspace.ts'

const test = suite('tsquic serve and Chromium')
const workspace = new Workspace()
const upload = testBytes(5 * megabyte)

function picture(colour: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="${colour}"/></svg>`
}

const page = `<!doctype html><title>tsquic</title><link rel="stylesheet" href="/style.css">
<script src="/script.js"></script><img id="a" src="/red.svg"><img id="b" src="/blue.svg">
<output id="echo"></output>`

let server: ServeProcess | undefined
let browser: Browser | undefined
let origin = ''

test.before(async () => {
  if (findPeer('chromium') === undefined) return
  const identity = await workspace.createIdentity('server')
  const files = {
    'index.html': page,
    'style.css': 'body { background: rgb(1, 2, 3) }',
    'script.js': 'window.scriptHasRun = true',
    'red.svg': picture('red'),
    'blue.svg': picture('blue'),
    'favicon.ico': picture('green'),
    'upload.bin': upload,
  }
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(workspace.www, name), content)
  server = await startServe(workspace.www, identity, ['--echo'])
  origin = `https://localhost:${server.port}`
  browser = await Browser.launch({ quicPort: server.port, spkiHash: identity.spkiHash })
})

test.after(async () => {
  await browser?.close()
  await server?.process.stop()
})

const evaluate = (expression: string): Promise<unknown> => browser!.evaluate(expression)

peerTest(test, 'chromium', 'a page with pictures, style and script comes over h3', async () => {
  await browser!.navigate(`${origin}/`)
  const entries = await evaluate(`
    performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
      .map((entry) => [new URL(entry.name).pathname, entry.nextHopProtocol]).sort()`)
  // The icon comes when the browser likes.
  const ofPage = (entries as string[][]).filter(([path]) => path !== '/favicon.ico')
  assert.equal(
    ofPage,
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
    const body = await (await fetch('/upload.bin')).arrayBuffer()
    const answer = await fetch('/echo', { method: 'POST', body })
    const hash = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer())
    const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    echo.textContent = hex
    const { nextHopProtocol } = performance.getEntriesByType('resource')
      .find((entry) => entry.name.endsWith('/echo'))
    return [echo.innerText, nextHopProtocol]
  })()`)
  assert.equal(shown, [sha256(upload), 'h3'])
})

peerTest(test, 'chromium', 'fifty requests at once are all answered', async () => {
  const statuses = await evaluate(`Promise.all(
    Array.from({ length: 50 }, async (_, index) => (await fetch('/red.svg?' + index)).status))`)
  assert.equal(statuses, new Array(50).fill(200))
})

test.run()
