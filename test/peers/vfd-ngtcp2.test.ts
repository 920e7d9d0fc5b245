/** Workers behind ngtcp2's client: what it downloads and what it posts. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { downloadWithGtlsClient } from '../support/ngtcp2.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { testBytes, Workspace } from '../support/workspace.ts'

const test = suite('workers and the ngtcp2 client')
const workspace = new Workspace()
const lengths = [0, 1, 8192, 65_536, 1_000_000, 20_000_000]
let server: ServeProcess | undefined

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test.before(async () => {
  if (findPeer('gtlsclient') === undefined) return
  server = await startServe(workspace.www, await workspace.createIdentity('server'), [
    ...['--workers', '2', '--echo', '--top', join(workspace.path, 'top.sock')],
  ])
})

test.after(async () => {
  await server?.process.stop()
})

for (const length of lengths) {
  peerTest(test, 'gtlsclient', `a file of ${length} bytes comes whole from a worker`, async () => {
    const name = workspace.addFile(`file-${length}`, length)
    const folder = workspace.newFolder()
    const { output } = await downloadWithGtlsClient(server!.port, [name], folder)
    workspace.assertDownloaded(folder, [name], `${output}\n${server!.process.output}`)
  })

  peerTest(test, 'gtlsclient', `a body of ${length} bytes goes to a worker and back`, async () => {
    const bytes = testBytes(length, 3)
    const posted = join(workspace.path, `posted-${length}`)
    writeFileSync(posted, bytes)
    const folder = workspace.newFolder()
    // It cannot map an empty file; without one it posts nothing.
    const flags = ['-m', 'POST', ...(length > 0 ? ['-d', posted] : [])]
    await downloadWithGtlsClient(server!.port, ['echo'], folder, flags)
    assert.is(sha256(readFileSync(join(folder, 'echo'))), sha256(bytes), server!.process.output)
  })
}

peerTest(test, 'gtlsclient', 'twenty files come over one connection, in one worker', async () => {
  const names = workspace.addFiles(20, 1000)
  const folder = workspace.newFolder()
  const { output } = await downloadWithGtlsClient(server!.port, names, folder)
  workspace.assertDownloaded(folder, names, `${output}\n${server!.process.output}`)
})

test.run()
