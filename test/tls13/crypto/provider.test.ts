import { createCipheriv } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import type { AeadName } from '../../../src/tls13/index.ts'
import { PROVIDERS } from '../providers.ts'
import { seededBytes } from '../support.ts'

interface AeadVector {
  readonly source: string
  readonly name: AeadName
  readonly key: string
  readonly nonce: string
  readonly aad: string
  readonly plaintext: string
  /** The end of the ciphertext is enough: its tag covers all of it. */
  readonly sealedEnd: string
}

const GCM_KEY = 'feffe9928665731c6d6a8f9467308308'
const GCM = {
  nonce: 'cafebabefacedbaddecaf888',
  aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plaintext:
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
}

const VECTORS: readonly AeadVector[] = [
  {
    source: 'test case 4 of the GCM submission',
    name: 'aes-128-gcm',
    key: GCM_KEY,
    ...GCM,
    sealedEnd:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    source: 'test case 16 of the GCM submission',
    name: 'aes-256-gcm',
    key: GCM_KEY + GCM_KEY,
    ...GCM,
    sealedEnd:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  },
  {
    source: 'RFC 8439 §2.8.2',
    name: 'chacha20-poly1305',
    key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
    nonce: '070000004041424344454647',
    aad: '50515253c0c1c2c3c4c5c6c7',
    plaintext: toHex(
      new TextEncoder().encode(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      ),
    ),
    sealedEnd: '1ae10b594f09e26a7e902ecbd0600691',
  },
]

for (const crypto of PROVIDERS) {
  const test = suite(`the crypto provider ${crypto.name}`)

  for (const vector of VECTORS) {
    const key = fromHex(vector.key)
    const nonce = fromHex(vector.nonce)
    const aad = fromHex(vector.aad)
    const plaintext = fromHex(vector.plaintext)
    const sealed = (): Uint8Array => {
      const out = new Uint8Array(plaintext.length + 16)
      crypto.createAead(vector.name, key).seal(nonce, aad, plaintext, out)
      return out
    }

    test(`${vector.name} seals as ${vector.source} says`, () => {
      assert.ok(toHex(sealed()).endsWith(vector.sealedEnd))
    })

    test(`${vector.name} refuses keys of another length`, () => {
      for (const other of [key.subarray(1), concatBytes([key, key.subarray(1)])]) {
        const out = new Uint8Array(plaintext.length + 16)
        assert.throws(() => crypto.createAead(vector.name, other).seal(nonce, aad, plaintext, out))
      }
    })

    test(`${vector.name} seals in place`, () => {
      const buffer = new Uint8Array(3 + plaintext.length + 16)
      buffer.set(plaintext, 3)
      const aead = crypto.createAead(vector.name, key)
      aead.seal(nonce, aad, buffer.subarray(3, 3 + plaintext.length), buffer.subarray(3))
      assert.is(toHex(buffer), `000000${toHex(sealed())}`)
    })

    test(`${vector.name} opens what was sealed, into memory of its own`, () => {
      const box = sealed()
      const opened = crypto.createAead(vector.name, key).open(nonce, aad, box)
      assert.is(toHex(opened!), vector.plaintext)
      box.fill(0)
      assert.is(toHex(opened!), vector.plaintext)
    })

    test(`${vector.name} opens nothing if a bit of box, nonce or aad is wrong`, () => {
      const aead = crypto.createAead(vector.name, key)
      const flip = (bytes: Uint8Array, at: number): Uint8Array => {
        const copy = bytes.slice()
        copy[at]! ^= 1
        return copy
      }
      const box = sealed()
      assert.is(aead.open(nonce, aad, flip(box, 0)), undefined)
      assert.is(aead.open(nonce, aad, flip(box, box.length - 1)), undefined)
      assert.is(aead.open(flip(nonce, 11), aad, box), undefined)
      assert.is(aead.open(nonce, flip(aad, 0), box), undefined)
      assert.is(toHex(aead.open(nonce, aad, box)!), vector.plaintext)
    })

    test(`${vector.name} opens nothing that is shorter than a tag`, () => {
      const aead = crypto.createAead(vector.name, key)
      for (const length of [0, 1, 15]) {
        assert.is(aead.open(nonce, aad, new Uint8Array(length)), undefined)
      }
    })

    test(`${vector.name} seals an empty plaintext to a bare tag`, () => {
      const aead = crypto.createAead(vector.name, key)
      const out = new Uint8Array(16)
      aead.seal(nonce, aad, new Uint8Array(0), out)
      assert.is(aead.open(nonce, aad, out)?.length, 0)
      assert.is(aead.open(nonce, new Uint8Array(0), out), undefined)
    })
  }

  const mask = (name: AeadName, key: string, sample: string): string =>
    toHex(crypto.createHeaderProtection(name, fromHex(key)).mask(fromHex(sample)).subarray(0, 5))

  test('AES-128 header protection has the mask of RFC 9001 §A.2', () => {
    const key = '9f50449e04a0e810283a1e9933adedd2'
    assert.is(mask('aes-128-gcm', key, 'd1b1c98dd7689fb8ec11d242b123dc9b'), '437b9aec36')
  })

  test('AES-256 header protection is the block cipher of FIPS 197 §C.3', () => {
    const key = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
    assert.is(mask('aes-256-gcm', key, '00112233445566778899aabbccddeeff'), '8ea2b7ca51')
  })

  const CHACHA_KEY = '25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4'

  test('ChaCha20 header protection has the mask of RFC 9001 §A.5', () => {
    assert.is(
      mask('chacha20-poly1305', CHACHA_KEY, '5e5cd55c41f69080575d7999c25a5bfb'),
      'aefefe7d03',
    )
  })

  test('ChaCha20 header protection takes every counter that a sample can have', () => {
    const random = seededBytes(7)
    const samples = [fromHex('ffffffff000102030405060708090a0b'), new Uint8Array(16)]
    for (let i = 0; i < 50; i++) samples.push(random(16))
    for (const sample of samples) {
      const cipher = createCipheriv('chacha20', fromHex(CHACHA_KEY), sample)
      const expected = toHex(cipher.update(new Uint8Array(5)))
      assert.is(mask('chacha20-poly1305', CHACHA_KEY, toHex(sample)), expected)
    }
  })

  test('one header protection masks many samples, each by itself', () => {
    const protection = crypto.createHeaderProtection('aes-128-gcm', fromHex(GCM_KEY))
    const first = toHex(protection.mask(new Uint8Array(16)).subarray(0, 5))
    protection.mask(new Uint8Array(16).fill(9))
    assert.is(toHex(protection.mask(new Uint8Array(16)).subarray(0, 5)), first)
  })

  test('HMAC gives the values of RFC 4231 §4.3', () => {
    const key = new TextEncoder().encode('Jefe')
    const data = new TextEncoder().encode('what do ya want for nothing?')
    assert.is(
      toHex(crypto.hmac('sha256', key, data)),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
    assert.is(
      toHex(crypto.hmac('sha384', key, data)),
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    )
  })

  test('a running hash can be read before more is added', () => {
    const parts = ['a', 'b', 'c'].map((text) => new TextEncoder().encode(text))
    const hash = crypto.createHash('sha256')
    const long = crypto.createHash('sha384')
    for (const part of parts) {
      hash.update(part)
      hash.digest()
      long.update(part)
    }
    assert.is(
      toHex(hash.digest()),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    assert.is(
      toHex(long.digest()),
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    )
  })

  test('what one provider seals the other opens', () => {
    const other = PROVIDERS.find((provider) => provider !== crypto)!
    const random = seededBytes(11)
    for (const { name, key } of VECTORS) {
      for (const length of [1, 16, 63, 64, 65, 1200, 9000]) {
        const nonce = random(12)
        const aad = random(20)
        const plaintext = random(length)
        const out = concatBytes([plaintext, new Uint8Array(16)])
        crypto.createAead(name, fromHex(key)).seal(nonce, aad, out.subarray(0, length), out)
        const opened = other.createAead(name, fromHex(key)).open(nonce, aad, out)
        assert.is(toHex(opened!), toHex(plaintext))
      }
    }
  })

  test.run()
}
