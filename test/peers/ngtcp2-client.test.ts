/** `tsquic serve` against ngtcp2's client. */
import { suite } from 'uvu'
import { type ServeProcess, startServe } from '../support/cli.ts'
import { downloadWithGtlsClient } from '../support/ngtcp2.ts'
import { findPeer, peerTest } from '../support/peers.ts'
import { withRelay } from '../support/relay.ts'
import { megabyte, Workspace } from '../support/workspace.ts'

const test = suite('tsquic serve and the ngtcp2 client')
const workspace = new Workspace()
const big = workspace.addFile('big', 100 * megabyte)
const medium = workspace.addFile('medium', 2 * megabyte)
const small = workspace.addFiles(20, 1000)
let server: ServeProcess | undefined

test.before(async () => {
  if (findPeer('gtlsclient') === undefined) return
  server = await startServe(workspace.www, await workspace.createIdentity('server'))
})

test.after(async () => {
  await server?.process.stop()
})

const download = async (names: readonly string[], flags: readonly string[] = []): Promise<void> => {
  const folder = workspace.newFolder()
  const { output } = await downloadWithGtlsClient(server!.port, names, folder, flags)
  workspace.assertDownloaded(folder, names, `${output}\n${server!.process.output}`)
}

const onlyCipher = (cipher: string): string =>
  `--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+${cipher}`

peerTest(test, 'gtlsclient', 'a file of 100 MB arrives whole', () => download([big]))

peerTest(test, 'gtlsclient', 'twenty files arrive over one connection', () => download(small))

for (const cipher of ['AES-128-GCM', 'AES-256-GCM', 'CHACHA20-POLY1305']) {
  peerTest(test, 'gtlsclient', `a client that offers only ${cipher} is served`, () =>
    download([medium], [onlyCipher(cipher)]),
  )
}

for (const group of ['X25519', 'SECP256R1']) {
  peerTest(test, 'gtlsclient', `a client that offers only the group ${group} is served`, () =>
    download([medium], [`--groups=-GROUP-ALL:+GROUP-${group}`]),
  )
}

peerTest(test, 'gtlsclient', 'a file arrives whole when one datagram in twenty is lost', () =>
  download([medium], ['--tx-loss=0.05', '--rx-loss=0.05']),
)

peerTest(test, 'gtlsclient', 'the transfer goes on when the client updates its keys', () =>
  download([big], ['--key-update=100ms']),
)

peerTest(test, 'gtlsclient', 'a client that wants to migrate is served all the same', () =>
  download([big], ['--change-local-addr=100ms']),
)

peerTest(test, 'gtlsclient', 'the transfer goes on when the client gets a new port', () =>
  withRelay(server!.port, { rebindAfter: 200 }, async (port): Promise<void> => {
    const folder = workspace.newFolder()
    const { output } = await downloadWithGtlsClient(port, [big], folder)
    workspace.assertDownloaded(folder, [big], output)
  }),
)

test.run()
