import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { certificateHash, createDevCertificate, spkiHash } from '../../src/certs/index.ts'

const test = suite('hashes')

const { cert, sha256, spkiHash: ofKey } = await createDevCertificate()

test('the hash of the certificate is the fingerprint that node:crypto gives', () => {
  const { fingerprint256, raw } = new X509Certificate(cert)
  assert.is(sha256, fingerprint256.replaceAll(':', '').toLowerCase())
  assert.is(certificateHash(raw), sha256)
})

test('the hash of the key is the one that openssl makes', () => {
  assert.is(spkiHash(cert), ofKey)
  const run = (args: string[], input: string | Buffer) => spawnSync('openssl', args, { input })
  const pem = run(['x509', '-pubkey', '-noout'], cert)
  if (pem.error !== undefined) {
    console.log('skipped: openssl is not installed')
    return
  }
  const der = run(['pkey', '-pubin', '-outform', 'der'], pem.stdout)
  const digest = run(['dgst', '-sha256', '-binary'], der.stdout)
  assert.is(ofKey, digest.stdout.toString('base64'))
})

test.run()
