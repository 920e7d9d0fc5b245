/** Ed25519 over both providers: RFC 8032 §7.1, and encodings that are not the one there is. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { PROVIDERS } from '../providers.ts'

const VECTORS = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    data: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    data: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    data: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

const pkcs8 = (seed: string): Uint8Array => fromHex(`302e020100300506032b657004220420${seed}`)
const spkiOf = (key: string): Uint8Array => fromHex(`302a300506032b6570032100${key}`)

/** The order of the group: 2^252 + 27742317777372353535851937790883648493. */
const L = (1n << 252n) + 27742317777372353535851937790883648493n

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`)
}

function toLittleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}

for (const crypto of PROVIDERS) {
  const test = suite(`Ed25519 of ${crypto.name}`)

  VECTORS.forEach(({ seed, key, data, signature }, index) => {
    test(`test ${index + 1} of RFC 8032 §7.1`, () => {
      const signed = crypto.loadPrivateKey(pkcs8(seed)).sign('ed25519', fromHex(data))
      assert.is(toHex(signed), signature)
      assert.ok(crypto.verify('ed25519', spkiOf(key), fromHex(data), signed))
    })
  })

  const { key, data, signature } = VECTORS[1]!
  const R = fromHex(signature).subarray(0, 32)
  const S = fromLittleEndian(fromHex(signature).subarray(32))
  const verifies = (r: Uint8Array, s: bigint, publicKey = key): boolean =>
    crypto.verify('ed25519', spkiOf(publicKey), fromHex(data), concatBytes([r, toLittleEndian(s)]))

  test('S is below the order of the group', () => {
    assert.ok(verifies(R, S))
    assert.not(verifies(R, S + L))
    assert.not(verifies(R, S + 8n * L))
    assert.not(verifies(R, L))
    assert.not(verifies(R, 0n))
    assert.not(verifies(R, (1n << 256n) - 1n))
  })

  test('R is what was signed: neither negated nor anything else', () => {
    const negated = R.slice()
    negated[31]! ^= 0x80
    assert.not(verifies(negated, S))
    assert.not(verifies(new Uint8Array(32), S))
    assert.not(verifies(new Uint8Array(32).fill(0xff), S))
  })

  test('a key that is no point verifies nothing', () => {
    for (const none of ['02', 'ff', 'ee'])
      assert.not(verifies(R, S, none + (none === '02' ? '00' : 'ff').repeat(31)))
    const negated = fromHex(key)
    negated[31]! ^= 0x80
    assert.not(verifies(R, S, toHex(negated)))
  })

  test('keys of other lengths are refused', () => {
    for (const spki of [
      `3029300506032b6570032000${key.slice(2)}`,
      `302b300506032b6570032200${key}00`,
      `302c300706032b65700500032100${key}`,
    ])
      assert.not(crypto.verify('ed25519', fromHex(spki), fromHex(data), fromHex(signature)))
  })

  test.run()
}
