/** `tsquic get` and `tsquic serve`, each in a process of its own. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { Getter } from '../support/get.ts'
import { megabyte, type TestIdentity, Workspace } from '../support/workspace.ts'

const test = suite('tsquic get and tsquic serve')
const workspace = new Workspace()
const big = workspace.addFile('big', 100 * megabyte)
const small = workspace.addFiles(200, 0)
let identity: TestIdentity
let other: TestIdentity
let server: ServeProcess
let getter: Getter

const getFrom = (port: number): Getter =>
  new Getter(workspace, `https://127.0.0.1:${port}`, identity)

test.before(async () => {
  identity = await workspace.createIdentity('server')
  other = await workspace.createIdentity('other')
  server = await startServe(workspace.www, identity)
  getter = getFrom(server.port)
})

test.after(async () => {
  await server.process.stop()
})

test('a file of 100 MB arrives whole', () => getter.assertWhole([big]))

test('two hundred files, an empty one among them, arrive over one connection', () =>
  getter.assertWhole(small))

test('four downloads at once arrive whole', async () => {
  await Promise.all(small.slice(0, 4).map((name) => getter.assertWhole([name])))
})

test('a missing file fails the command', () => getter.assertMissing(small[1]!))

test('a server of another CA is refused with a clear message', () =>
  getter.assertUntrusted(small[1]!, other))

test('a server that is asked to end does so by itself', async () => {
  const short = await startServe(workspace.www, identity)
  await getFrom(short.port).assertWhole(small)
  assert.equal(await short.process.stop('SIGTERM'), { code: 0, signal: null })
})

test.run()
