/** `tsquic serve --retry always` against clients that check its Retry: tag, token, transport parameters. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Browser } from '../support/chromium.ts'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { downloadWithGtlsClient } from '../support/ngtcp2.ts'
import { findPeer, peerTest, requirePeer } from '../support/peers.ts'
import { run } from '../support/processes.ts'
import { megabyte, type TestIdentity, Workspace } from '../support/workspace.ts'

const test = suite('tsquic serve --retry always and other clients')
const workspace = new Workspace()
const medium = workspace.addFile('medium', 2 * megabyte)
const small = workspace.addFiles(20, 1000)
let identity: TestIdentity
let server: ServeProcess | undefined

test.before(async () => {
  if (findPeer('gtlsclient') === undefined && findPeer('chromium') === undefined) return
  identity = await workspace.createIdentity('server')
  writeFileSync(join(workspace.www, 'page.html'), '<!doctype html><title>after a Retry</title>')
  server = await startServe(workspace.www, identity, ['--retry', 'always'])
})

test.after(async () => {
  await server?.process.stop()
})

const download = async (names: readonly string[], flags: readonly string[] = []): Promise<void> => {
  const folder = workspace.newFolder()
  const { output } = await downloadWithGtlsClient(server!.port, names, folder, flags)
  workspace.assertDownloaded(folder, names, `${output}\n${server!.process.output}`)
}

peerTest(test, 'gtlsclient', 'the ngtcp2 client gets a Retry and goes on', async () => {
  const url = `https://localhost:${server!.port}/${small[0]}`
  const { output } = await run(
    requirePeer('gtlsclient'),
    ['--exit-on-all-streams-close', '127.0.0.1', String(server!.port), url],
    { timeoutMs: 60_000 },
  )
  assert.match(output, /pkt rx .* type=Retry/)
  assert.match(output, /retry_source_connection_id=0x/)
  assert.match(output, /\[:status: 200\]/)
})

peerTest(test, 'gtlsclient', 'the ngtcp2 client downloads after a Retry', () =>
  download([medium, ...small]),
)

peerTest(test, 'gtlsclient', 'the ngtcp2 client downloads when one datagram in ten is lost', () =>
  download([medium], ['--tx-loss=0.1', '--rx-loss=0.1']),
)

peerTest(test, 'chromium', 'Chromium loads a page after a Retry', async () => {
  const browser = await Browser.launch({ quicPort: server!.port, spkiHash: identity.spkiHash })
  try {
    await browser.navigate(`https://localhost:${server!.port}/page.html`)
    const seen = await browser.evaluate(
      `[document.title, performance.getEntriesByType('navigation')[0].nextHopProtocol]`,
    )
    assert.equal(seen, ['after a Retry', 'h3'])
  } finally {
    await browser.close()
  }
})

test.run()
