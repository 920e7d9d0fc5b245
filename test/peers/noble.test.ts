/** The portable crypto provider against ngtcp2, whose cryptography is GnuTLS: in both roles, with all kinds of keys. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, createSecureServer } from '../../src/index.ts'
import { nobleCrypto } from '../../src/tls13/crypto/noble/index.ts'
import { createSelfSigned, type KeyType } from '../support/certificates.ts'
import { answerOf } from '../support/http3.ts'
import { downloadWithGtlsClient, startGtlsServer } from '../support/ngtcp2.ts'
import { peerTest } from '../support/peers.ts'
import { testBytes, Workspace } from '../support/workspace.ts'

const test = suite('the portable crypto provider and ngtcp2')
const workspace = new Workspace()
const length = 200_000
const file = workspace.addFile('file', length)
const keyTypes: readonly KeyType[] = ['p256', 'p384', 'ed25519', 'rsa2048']

for (const keyType of keyTypes) {
  peerTest(test, 'gtlsclient', `its client is served under a key ${keyType}`, async () => {
    const { certPem, keyPem } = await createSelfSigned({ key: keyType })
    const options = { cert: certPem, key: keyPem, crypto: nobleCrypto }
    const server = createSecureServer(options, (_, response) => response.end(testBytes(length)))
    await server.listen({ port: 0, host: '127.0.0.1' })
    const folder = workspace.newFolder()
    const { output } = await downloadWithGtlsClient(server.address()!.port, [file], folder)
    await server.close()
    workspace.assertDownloaded(folder, [file], output)
  })

  peerTest(test, 'gtlsserver', `its server is reached under a key ${keyType}`, async () => {
    const { certPem, keyPem } = await createSelfSigned({ key: keyType })
    const [keyPath, certPath] = ['key', 'cert'].map((name) =>
      join(workspace.path, `${keyType}.${name}`),
    ) as [string, string]
    writeFileSync(keyPath, keyPem)
    writeFileSync(certPath, certPem)
    const server = await startGtlsServer(workspace.www, keyPath, certPath)
    const origin = `https://127.0.0.1:${server.port}`
    const session = connect(origin, { ca: certPem, crypto: nobleCrypto })
    try {
      const { body } = await answerOf(session.request({ ':path': `/${file}` }))
      assert.ok(body.equals(testBytes(length)))
      assert.ok(session.authorized)
    } finally {
      session.destroy()
      await server.process.stop()
    }
  })
}

const groups = ['X25519', 'SECP256R1', 'SECP384R1']
const ciphers = ['AES-128-GCM', 'AES-256-GCM', 'CHACHA20-POLY1305']

for (const [index, group] of groups.entries())
  peerTest(test, 'gtlsclient', `its client agrees on ${group} and ${ciphers[index]}`, async () => {
    const { certPem, keyPem } = await createSelfSigned()
    const options = { cert: certPem, key: keyPem, crypto: nobleCrypto }
    const server = createSecureServer(options, (_, response) => response.end(testBytes(length)))
    await server.listen({ port: 0, host: '127.0.0.1' })
    const folder = workspace.newFolder()
    const { output } = await downloadWithGtlsClient(server.address()!.port, [file], folder, [
      `--groups=-GROUP-ALL:+GROUP-${group}`,
      `--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+${ciphers[index]}`,
    ])
    await server.close()
    workspace.assertDownloaded(folder, [file], output)
  })

test.run()
