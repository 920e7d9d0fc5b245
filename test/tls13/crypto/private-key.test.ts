import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PrivateKey, SignatureSchemeName } from '../../../src/tls13/index.ts'
import { PROVIDERS } from '../providers.ts'
import { KEY_KINDS, readFixture } from '../support.ts'

const SCHEME: Readonly<Record<PrivateKey['kind'], SignatureSchemeName>> = {
  rsa: 'rsa_pss_rsae_sha256',
  'ec-p256': 'ecdsa_secp256r1_sha256',
  'ec-p384': 'ecdsa_secp384r1_sha384',
  ed25519: 'ed25519',
}

for (const crypto of PROVIDERS) {
  const { loadPrivateKey, verify } = crypto
  const test = suite(`loadPrivateKey of ${crypto.name}`)

  /** Loads it and checks that it signs for the public key of the fixture. */
  function assertLoads(kind: PrivateKey['kind'], input: string | Uint8Array): void {
    const key = loadPrivateKey(input)
    assert.is(key.kind, kind)
    const data = Uint8Array.of(1, 2, 3)
    const signature = key.sign(SCHEME[kind], data)
    const spki = createPublicKey(readFixture(`${kind}.key.pem`)).export({
      format: 'der',
      type: 'spki',
    })
    assert.ok(verify(SCHEME[kind], spki, data, signature))
  }

  for (const kind of KEY_KINDS) {
    const pem = readFixture(`${kind}.key.pem`)
    const key = createPrivateKey(pem)

    test(`a PKCS#8 key of kind ${kind} loads as PEM text, PEM bytes and DER`, () => {
      assertLoads(kind, pem)
      assertLoads(kind, new TextEncoder().encode(pem))
      assertLoads(kind, new Uint8Array(key.export({ format: 'der', type: 'pkcs8' })))
    })

    test(`a key of kind ${kind} is found among other blocks of a PEM file`, () => {
      assertLoads(kind, `some text\n${readFixture(`${kind}.cert.pem`)}${pem}\n`)
    })
  }

  for (const kind of ['ec-p256', 'ec-p384'] as const) {
    const key = createPrivateKey(readFixture(`${kind}.key.pem`))
    const sec1 = key.export({ format: 'pem', type: 'sec1' }).toString()

    test(`a SEC 1 key of kind ${kind} loads with and without an EC PARAMETERS block`, () => {
      const parameters =
        '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
      assertLoads(kind, sec1)
      assertLoads(kind, parameters + sec1)
      assertLoads(kind, new Uint8Array(key.export({ format: 'der', type: 'sec1' })))
    })
  }

  test('a PKCS#1 key loads as PEM and DER', () => {
    const key = createPrivateKey(readFixture('rsa.key.pem'))
    assertLoads('rsa', key.export({ format: 'pem', type: 'pkcs1' }).toString())
    assertLoads('rsa', new Uint8Array(key.export({ format: 'der', type: 'pkcs1' })))
  })

  const refuses = (input: string | Uint8Array, message: RegExp) =>
    assert.throws(
      () => loadPrivateKey(input),
      (error: unknown) => error instanceof TypeError && message.test(error.message),
    )

  test('an encrypted key is refused with a message that says so', () => {
    const key = createPrivateKey(readFixture('rsa.key.pem'))
    const secret = { cipher: 'aes-256-cbc', passphrase: 'x', format: 'pem' } as const
    refuses(key.export({ ...secret, type: 'pkcs8' }).toString(), /encrypted/)
    refuses(key.export({ ...secret, type: 'pkcs1' }).toString(), /encrypted/)
  })

  test('a key that no scheme of ours can use is refused by its name', () => {
    const pkcs8 = { format: 'pem', type: 'pkcs8' } as const
    const p521 = generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
    refuses(p521.privateKey.export(pkcs8).toString(), /secp521r1/)
    const x25519 = generateKeyPairSync('x25519')
    refuses(x25519.privateKey.export(pkcs8).toString(), /x25519/)
  })

  test('what is no private key is refused', () => {
    refuses('', /no PRIVATE KEY/)
    refuses(readFixture('rsa.cert.pem'), /no PRIVATE KEY/)
    refuses('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /cannot be read/)
    refuses(new Uint8Array(0), /not a private key/)
    refuses(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00), /not a private key/)
  })

  test('a key signs only what fits its kind', () => {
    const key = loadPrivateKey(readFixture('ec-p256.key.pem'))
    for (const scheme of ['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha256', 'ed25519'] as const)
      assert.throws(() => key.sign(scheme, new Uint8Array(1)), /cannot sign/)
  })

  test.run()
}
