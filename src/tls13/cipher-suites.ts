import type { CipherSuite } from './session.ts'

/** The suites of RFC 9846 §B.4 that QUIC can use (RFC 9001 §5.3), in our order of preference. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  {
    id: 0x1301,
    name: 'TLS_AES_128_GCM_SHA256',
    aead: 'aes-128-gcm',
    hash: 'sha256',
    keyLength: 16,
  },
  {
    id: 0x1302,
    name: 'TLS_AES_256_GCM_SHA384',
    aead: 'aes-256-gcm',
    hash: 'sha384',
    keyLength: 32,
  },
  {
    id: 0x1303,
    name: 'TLS_CHACHA20_POLY1305_SHA256',
    aead: 'chacha20-poly1305',
    hash: 'sha256',
    keyLength: 32,
  },
]

/** AES-128-GCM protects Initial packets (RFC 9001 §5.2). */
export const INITIAL_SUITE: CipherSuite = CIPHER_SUITES[0]!

/** The suites for these ids, in the order given. Throws `TypeError` for one that is not supported. */
export function cipherSuitesById(ids: readonly number[]): readonly CipherSuite[] {
  return ids.map((id) => {
    const suite = CIPHER_SUITES.find((candidate) => candidate.id === id)
    if (suite === undefined)
      throw new TypeError(`cipher suite 0x${id.toString(16)} is not supported`)
    return suite
  })
}
