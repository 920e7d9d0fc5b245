/** What we send, as tshark reads it with our own key log. */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { Getter } from '../support/get.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { withRelay } from '../support/relay.ts'
import { analyseCapture } from '../support/tshark.ts'
import { megabyte, type TestIdentity, Workspace } from '../support/workspace.ts'

const test = suite('our connections and tshark')
const workspace = new Workspace()
const names = [...workspace.addFiles(5, 1000), workspace.addFile('medium', megabyte)]
const keyLog = join(workspace.path, 'keys.log')
let identity: TestIdentity
let server: ServeProcess | undefined

test.before(async () => {
  identity = await workspace.createIdentity('server')
  if (findPeer('tshark') === undefined) return
  server = await startServe(workspace.www, identity, ['--keylog', keyLog])
})

test.after(async () => {
  await server?.process.stop()
})

const frame = { padding: 0x00, ack: 0x02, crypto: 0x06, handshakeDone: 0x1e }
const http3Frame = { data: 0x00, headers: 0x01, settings: 0x04 }

peerTest(test, 'tshark', 'every packet is decrypted and none is malformed', async () => {
  const pcapPath = join(workspace.path, 'capture.pcap')
  const port = await withRelay(server!.port, { pcapPath }, async (port) => {
    await new Getter(workspace, `https://127.0.0.1:${port}`, identity).assertWhole(names)
    return port
  })
  const analysis = await analyseCapture(pcapPath, keyLog, port)
  assert.is(analysis.malformedFrames, 0)
  assert.equal(analysis.errors, [])
  // In the largest datagrams that we send.
  assert.ok(analysis.quicFrames > 111, `${analysis.quicFrames} frames carry a megabyte`)
  assert.ok(analysis.http3Frames > 0, 'the key log decrypts nothing')
  for (const [name, type] of Object.entries(frame)) {
    assert.ok(analysis.frameTypes.has(type), `no ${name} frame seen`)
  }
  for (const [name, type] of Object.entries(http3Frame)) {
    assert.ok(analysis.http3FrameTypes.has(type), `no HTTP/3 ${name} frame seen`)
  }
})

test.run()
