/** `tsquic get` against ngtcp2's server. */
import { suite } from 'uvu'
import { Getter } from '../support/get.ts'
import { startGtlsServer } from '../support/ngtcp2.ts'
import { peerTest } from '../support/peers.ts'
import { megabyte, type TestIdentity, Workspace } from '../support/workspace.ts'

const test = suite('tsquic get and the ngtcp2 server')
const workspace = new Workspace()
const big = workspace.addFile('big', 100 * megabyte)
const medium = workspace.addFile('medium', 2 * megabyte)
const small = workspace.addFiles(20, 1000)
let identity: TestIdentity

test.before(async () => {
  identity = await workspace.createIdentity('server')
})

const withServer = async (
  flags: readonly string[],
  body: (getter: Getter) => Promise<void>,
): Promise<void> => {
  const server = await startGtlsServer(workspace.www, identity.keyPath, identity.certPath, flags)
  try {
    await body(new Getter(workspace, `https://127.0.0.1:${server.port}`, identity))
  } finally {
    await server.process.stop()
  }
}

const onlyCipher = (cipher: string): string =>
  `--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+${cipher}`

peerTest(test, 'gtlsserver', 'a file of 100 MB arrives whole', () =>
  withServer([], (getter) => getter.assertWhole([big])),
)

peerTest(test, 'gtlsserver', 'twenty files arrive over one connection', () =>
  withServer([], (getter) => getter.assertWhole(small)),
)

peerTest(test, 'gtlsserver', 'a missing file fails the command', () =>
  withServer([], (getter) => getter.assertMissing(medium)),
)

peerTest(test, 'gtlsserver', 'a server of another CA is refused with a clear message', () =>
  withServer([], async (getter) =>
    getter.assertUntrusted(medium, await workspace.createIdentity('other')),
  ),
)

peerTest(test, 'gtlsserver', 'a server that validates addresses with Retry is reached', () =>
  withServer(['--validate-addr'], (getter) => getter.assertWhole([medium])),
)

peerTest(test, 'gtlsserver', 'a file arrives whole when one datagram in twenty is lost', () =>
  withServer(['--tx-loss=0.05', '--rx-loss=0.05'], (getter) => getter.assertWhole([medium])),
)

for (const cipher of ['AES-256-GCM', 'CHACHA20-POLY1305']) {
  peerTest(test, 'gtlsserver', `a server that speaks only ${cipher} is reached`, () =>
    withServer([onlyCipher(cipher)], (getter) => getter.assertWhole([medium])),
  )
}

peerTest(test, 'gtlsserver', 'a server that asks for another group with HelloRetryRequest', () =>
  withServer(['--groups=-GROUP-ALL:+GROUP-SECP256R1'], (getter) => getter.assertWhole([medium])),
)

test.run()
