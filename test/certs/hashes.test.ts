import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { certificateHash, createDevCertificate, spkiHash } from '../../src/certs/index.ts'
import { peerTest, requirePeer } from '../support/peers.ts'

const test = suite('hashes')

const { cert, sha256, spkiHash: ofKey } = await createDevCertificate()

test('the hash of the certificate is the fingerprint that node:crypto gives', () => {
  const { fingerprint256, raw } = new X509Certificate(cert)
  assert.is(sha256, fingerprint256.replaceAll(':', '').toLowerCase())
  assert.is(certificateHash(raw), sha256)
})

peerTest(test, 'openssl', 'the hash of the key is the one that openssl makes', async () => {
  assert.is(spkiHash(cert), ofKey)
  const run = (args: string[], input: string | Buffer) =>
    execFileSync(requirePeer('openssl'), args, { input })
  const pem = run(['x509', '-pubkey', '-noout'], cert)
  const der = run(['pkey', '-pubin', '-outform', 'der'], pem)
  assert.is(ofKey, run(['dgst', '-sha256', '-binary'], der).toString('base64'))
})

test.run()
