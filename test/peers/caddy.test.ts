/** `tsquic get` against Caddy (quic-go). */
import { suite } from 'uvu'
import { type CaddyServer, startCaddy } from '../support/caddy.ts'
import { Getter } from '../support/get.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { megabyte, type TestIdentity, Workspace } from '../support/workspace.ts'

const test = suite('tsquic get and Caddy')
const workspace = new Workspace()
const big = workspace.addFile('big', 100 * megabyte)
const small = workspace.addFiles(20, 1000)
let other: TestIdentity
let server: CaddyServer | undefined
let getter: Getter

test.before(async () => {
  if (findPeer('caddy') === undefined) return
  const identity = await workspace.createIdentity('server')
  other = await workspace.createIdentity('other')
  server = await startCaddy(workspace.www, identity.keyPath, identity.certPath)
  getter = new Getter(workspace, `https://localhost:${server.port}`, identity)
})

test.after(async () => {
  await server?.process.stop()
})

peerTest(test, 'caddy', 'a file of 100 MB arrives whole', () => getter.assertWhole([big]))

peerTest(test, 'caddy', 'twenty files arrive over one connection', () => getter.assertWhole(small))

peerTest(test, 'caddy', 'a missing file fails the command', () => getter.assertMissing(small[0]!))

peerTest(test, 'caddy', 'a server of another CA is refused with a clear message', () =>
  getter.assertUntrusted(small[0]!, other),
)

test.run()
