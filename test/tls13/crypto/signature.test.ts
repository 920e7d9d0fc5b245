import { verify as verifyWithNode } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeCrypto, type PrivateKey } from '../../../src/tls13/index.ts'
import { PROVIDERS } from '../providers.ts'
import { readFixture, seededInteger } from '../support.ts'
import { DATA, SIGNED_SCHEMES, spkiFixture } from './keys.ts'

const isExact = (scheme: string): boolean => !/^ecdsa_sha/.test(scheme)

/** One in 256 does: other data is signed until one comes. */
function signatureThatBeginsWithZero(scheme: 'rsa_pss_rsae_sha256' | 'rsa_pkcs1_sha256') {
  const signer = nodeCrypto.loadPrivateKey(readFixture('rsa.key.pem'))
  for (let round = 0; round < 10_000; round++) {
    const data = new TextEncoder().encode(`data ${round}`)
    const signature = signer.sign(scheme, data)
    if (signature[0] === 0) return { data, signature }
  }
  throw new Error('no signature begins with zero')
}

for (const crypto of PROVIDERS) {
  const test = suite(`signatures of ${crypto.name}`)
  const signerOf = (kind: PrivateKey['kind']) =>
    crypto.loadPrivateKey(readFixture(`${kind}.key.pem`))

  for (const [scheme, kind] of SIGNED_SCHEMES) {
    const signature = signerOf(kind).sign(scheme, DATA)
    const spki = spkiFixture(kind)

    test(`${scheme} by ${kind} verifies under its own key and data alone`, () => {
      assert.ok(crypto.verify(scheme, spki, DATA, signature))
      assert.not(crypto.verify(scheme, spki, DATA.subarray(1), signature))
      const changed = signature.slice()
      changed[changed.length - 1]! ^= 1
      assert.not(crypto.verify(scheme, spki, DATA, changed))
    })

    test(`${scheme} by ${kind} does not pass for any other scheme`, () => {
      for (const [other] of SIGNED_SCHEMES)
        if (other !== scheme && isExact(other) && isExact(scheme))
          assert.not(crypto.verify(other, spki, DATA, signature))
    })

    test(`${scheme} by ${kind} does not verify under a key of another kind`, () => {
      for (const other of ['rsa', 'ec-p256', 'ec-p384', 'ed25519'] as const)
        if (other !== kind) assert.not(crypto.verify(scheme, spkiFixture(other), DATA, signature))
    })

    test(`${scheme} by ${kind} does not verify with what is malformed, nor throw`, () => {
      assert.not(crypto.verify(scheme, spki, DATA, new Uint8Array(0)))
      assert.not(crypto.verify(scheme, spki, DATA, signature.subarray(1)))
      assert.not(crypto.verify(scheme, spki, DATA, Uint8Array.of(...signature, 0)))
      assert.not(crypto.verify(scheme, spki, DATA, Uint8Array.of(0, ...signature)))
      assert.not(crypto.verify(scheme, new Uint8Array(0), DATA, signature))
      for (let length = 0; length < spki.length; length++)
        assert.not(crypto.verify(scheme, spki.subarray(0, length), DATA, signature))
      assert.not(crypto.verify(scheme, Uint8Array.of(...spki, 0), DATA, signature))
    })

    test(`${scheme} by ${kind} is believed by the other provider`, () => {
      for (const other of PROVIDERS) assert.ok(other.verify(scheme, spki, DATA, signature))
    })
  }

  for (const scheme of ['rsa_pss_rsae_sha256', 'rsa_pkcs1_sha256'] as const) {
    test(`${scheme}: a signature that begins with zero is none without the zero`, () => {
      const { data, signature } = signatureThatBeginsWithZero(scheme)
      const spki = spkiFixture('rsa')
      assert.ok(crypto.verify(scheme, spki, data, signature))
      assert.not(crypto.verify(scheme, spki, data, signature.subarray(1)))
      // There is one signature of PKCS#1 v1.5, and it is as long as the modulus.
      if (scheme === 'rsa_pkcs1_sha256') assert.equal(signerOf('rsa').sign(scheme, data), signature)
    })
  }

  test('keys and signatures with any byte changed are answered, not thrown at', () => {
    const random = seededInteger(9)
    for (const [scheme, kind] of SIGNED_SCHEMES) {
      const spki = spkiFixture(kind)
      const signature = signerOf(kind).sign(scheme, DATA)
      for (let round = 0; round < 12; round++) {
        const changed = signature.slice()
        changed[random(changed.length)]! ^= 1 + random(255)
        assert.not(crypto.verify(scheme, spki, DATA, changed))
        const key = spki.slice()
        key[random(key.length)]! ^= 1 + random(255)
        assert.type(crypto.verify(scheme, key, DATA, signature), 'boolean')
      }
    }
  })

  test.run()
}

const test = suite('signatures of the fixtures')

test('the schemes are those of OpenSSL', () => {
  // `verify` of node:crypto takes no scheme: the padding of PSS keys apart, key and hash say it all.
  for (const [scheme, kind] of SIGNED_SCHEMES) {
    if (kind === 'rsa') continue
    const hash = kind === 'ed25519' ? null : /sha\d+$/.exec(scheme)![0]
    const key = { key: Buffer.from(spkiFixture(kind)), format: 'der', type: 'spki' } as const
    for (const { loadPrivateKey } of PROVIDERS) {
      const signature = loadPrivateKey(readFixture(`${kind}.key.pem`)).sign(scheme, DATA)
      assert.ok(verifyWithNode(hash, DATA, key, signature))
    }
  }
})

test.run()
