import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CIPHER_SUITES, cipherSuitesById, INITIAL_SUITE } from '../../src/tls13/index.ts'

const test = suite('cipher suites')

test('they have the code points, key lengths and hashes of RFC 9846 §B.4', () => {
  const table = CIPHER_SUITES.map(({ id, name, hash, keyLength }) => [id, name, hash, keyLength])
  assert.equal(table, [
    [0x1301, 'TLS_AES_128_GCM_SHA256', 'sha256', 16],
    [0x1302, 'TLS_AES_256_GCM_SHA384', 'sha384', 32],
    [0x1303, 'TLS_CHACHA20_POLY1305_SHA256', 'sha256', 32],
  ])
})

test('Initial packets are protected with AES-128-GCM', () => {
  assert.is(INITIAL_SUITE.aead, 'aes-128-gcm')
})

test('suites are found by id, in the order asked for', () => {
  assert.equal(
    cipherSuitesById([0x1303, 0x1301]).map(({ id }) => id),
    [0x1303, 0x1301],
  )
  assert.throws(() => cipherSuitesById([0x1305]), /0x1305 is not supported/)
})

test.run()
