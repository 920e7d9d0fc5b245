import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import { type GroupName, InvalidKeyShareError, nodeCrypto } from '../../../src/tls13/index.ts'
import { GROUPS } from '../../../src/tls13/named-groups.ts'
import { PROVIDERS } from '../providers.ts'
import { seededBytes } from '../support.ts'

/** The points of small order: whatever the private key, the result is all zero (RFC 7748 §6.1). */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  // The same 0 and 1 by numbers above the prime, and with the bit set that does not count.
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000080',
]

/** Bytes of a scalar and of what two of them agree on. */
const LENGTHS = {
  x25519: { scalar: 32, secret: 32 },
  secp256r1: { scalar: 32, secret: 32 },
  secp384r1: { scalar: 48, secret: 48 },
} as const

/** Where a number has a zero byte that a careless conversion would lose; one in 256 has. */
function findZeros(group: GroupName, seed: number, peer: Uint8Array): string[] {
  const scalar = seededBytes(seed)(LENGTHS[group].scalar)
  const share = nodeCrypto.generateKeyShare(group, seededBytes(seed))
  const secret = share.sharedSecret(peer)
  const point = share.publicKey.subarray(group === 'x25519' ? 0 : 1)
  const [x, y] = [point.subarray(0, secret.length), point.subarray(secret.length)]
  return Object.entries({ scalar, secret, x, y }).flatMap(([name, bytes]) => [
    ...(bytes[0] === 0 ? [`${name} begins`] : []),
    ...(bytes.at(-1) === 0 ? [`${name} ends`] : []),
  ])
}

/** For each group the first seed for each such place. */
const ZERO_SEEDS = GROUPS.map((group) => {
  const peer = nodeCrypto.generateKeyShare(group, seededBytes(1)).publicKey
  const seeds = new Map<string, number>()
  const places = group === 'x25519' ? 6 : 8
  for (let seed = 2; seeds.size < places; seed++)
    for (const where of findZeros(group, seed, peer)) if (!seeds.has(where)) seeds.set(where, seed)
  return [group, seeds] as const
})

for (const crypto of PROVIDERS) {
  const { generateKeyShare } = crypto
  const test = suite(`key shares of ${crypto.name}`)

  const from = (group: GroupName, privateKey: string) =>
    generateKeyShare(group, () => fromHex(privateKey))

  test('x25519 agrees as in RFC 7748 §6.1', () => {
    const alice = from('x25519', '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    const bob = from('x25519', '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    assert.is(
      toHex(alice.publicKey),
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    )
    const expected = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    assert.is(toHex(alice.sharedSecret(bob.publicKey)), expected)
    assert.is(toHex(bob.sharedSecret(alice.publicKey)), expected)
  })

  test('x25519 multiplies as in RFC 7748 §5.2', () => {
    const first = from('x25519', 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4')
    assert.is(
      toHex(
        first.sharedSecret(
          fromHex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
        ),
      ),
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    )
    // Its share has the highest bit set, which does not count.
    const second = from(
      'x25519',
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    )
    assert.is(
      toHex(
        second.sharedSecret(
          fromHex('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
        ),
      ),
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    )
  })

  test('secp256r1 agrees as in RFC 5903 §8.1', () => {
    const i = from('secp256r1', 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433')
    const r = from('secp256r1', 'c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53')
    assert.is(
      toHex(i.publicKey),
      '04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
    )
    const expected = 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de'
    assert.is(toHex(i.sharedSecret(r.publicKey)), expected)
    assert.is(toHex(r.sharedSecret(i.publicKey)), expected)
  })

  test('secp384r1 agrees as in RFC 5903 §8.2', () => {
    const i = from(
      'secp384r1',
      '099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194',
    )
    const r = from(
      'secp384r1',
      '41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc',
    )
    const expected =
      '11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746'
    assert.is(toHex(i.sharedSecret(r.publicKey)), expected)
    assert.is(toHex(r.sharedSecret(i.publicKey)), expected)
  })

  test('x25519 refuses shares of the wrong length', () => {
    const share = generateKeyShare('x25519', seededBytes(1))
    for (const length of [0, 31, 33, 65])
      assert.throws(
        () => share.sharedSecret(new Uint8Array(length).fill(9)),
        (error: unknown) => error instanceof InvalidKeyShareError,
      )
  })

  test('x25519 refuses points whose shared secret is all zero', () => {
    const share = generateKeyShare('x25519', seededBytes(1))
    for (const point of SMALL_ORDER)
      assert.throws(
        () => share.sharedSecret(fromHex(point)),
        (error: unknown) => error instanceof InvalidKeyShareError,
      )
  })

  for (const group of ['secp256r1', 'secp384r1'] as const) {
    const refuses = (point: Uint8Array) =>
      assert.throws(
        () => generateKeyShare(group, seededBytes(1)).sharedSecret(point),
        (error: unknown) => error instanceof InvalidKeyShareError,
      )

    test(`${group} refuses a point that is not on the curve`, () => {
      const point = generateKeyShare(group, seededBytes(2)).publicKey.slice()
      point[point.length - 1]! ^= 1
      refuses(point)
    })

    test(`${group} refuses the point at infinity, compressed and hybrid points`, () => {
      const point = generateKeyShare(group, seededBytes(2)).publicKey
      refuses(Uint8Array.of(0))
      const compressed = point.slice(0, 1 + (point.length - 1) / 2)
      compressed[0] = 2 + (point.at(-1)! & 1)
      refuses(compressed)
      const hybrid = point.slice()
      hybrid[0] = 6 + (point.at(-1)! & 1)
      refuses(hybrid)
    })

    test(`${group} takes another scalar when the random one is out of range`, () => {
      const scalars = [0x00, 0xff, 0x01]
      let calls = 0
      const share = generateKeyShare(group, (length) =>
        new Uint8Array(length).fill(scalars[calls++]!),
      )
      assert.is(calls, 3)
      const other = generateKeyShare(group, (length) => new Uint8Array(length).fill(1))
      assert.is(toHex(share.publicKey), toHex(other.publicKey))
    })

    test(`${group} gives up on a source that has no scalar in range`, () => {
      assert.throws(() => generateKeyShare(group, (length) => new Uint8Array(length)))
    })
  }

  test('the same random bytes give the same share', () => {
    for (const group of GROUPS) {
      const one = generateKeyShare(group, seededBytes(5))
      const two = generateKeyShare(group, seededBytes(5))
      assert.is(toHex(one.publicKey), toHex(two.publicKey))
    }
  })

  test('shares and shared secrets are the same of all providers', () => {
    for (const group of GROUPS) {
      for (let seed = 20; seed < 24; seed++) {
        const peer = nodeCrypto.generateKeyShare(group, seededBytes(seed + 100)).publicKey
        const expected = nodeCrypto.generateKeyShare(group, seededBytes(seed))
        const share = generateKeyShare(group, seededBytes(seed))
        assert.is(share.group, group)
        assert.is(toHex(share.publicKey), toHex(expected.publicKey))
        assert.is(toHex(share.sharedSecret(peer)), toHex(expected.sharedSecret(peer)))
      }
    }
  })

  for (const [group, seeds] of ZERO_SEEDS)
    test(`${group}: zeros at either end of a scalar, a coordinate or a secret are kept`, () => {
      const peer = nodeCrypto.generateKeyShare(group, seededBytes(1))
      for (const [where, seed] of seeds) {
        const expected = nodeCrypto.generateKeyShare(group, seededBytes(seed))
        const share = generateKeyShare(group, seededBytes(seed))
        assert.is(toHex(share.publicKey), toHex(expected.publicKey), where)
        // RFC 9846 §7.4.2: the length of the field, whatever the number.
        const secret = share.sharedSecret(peer.publicKey)
        assert.is(secret.length, LENGTHS[group].secret, where)
        assert.is(toHex(secret), toHex(peer.sharedSecret(share.publicKey)), where)
      }
    })

  test.run()
}
