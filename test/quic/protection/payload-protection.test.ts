import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  expandPacketSecret,
  PayloadProtection,
} from '../../../src/quic/protection/payload-protection.ts'
import { VERSION_1 } from '../../../src/quic/wire/index.ts'
import { VERSION_2 } from '../../../src/quic/wire/version.ts'
import {
  type Aead,
  type CryptoProvider,
  cipherSuitesById,
  INITIAL_SUITE,
  nodeCrypto,
} from '../../../src/tls13/index.ts'

const test = suite('PayloadProtection')

const CHACHA = cipherSuitesById([0x1303])[0]!
const CHACHA_SECRET = fromHex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b')

test('keys are expanded as in RFC 9001 §A.5', () => {
  const expand = (name: 'key' | 'iv' | 'hp' | 'ku', length: number) =>
    toHex(expandPacketSecret(nodeCrypto, CHACHA, CHACHA_SECRET, VERSION_1, name, length))
  assert.is(expand('key', 32), 'c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8')
  assert.is(expand('iv', 12), 'e0459b3474bdd0e44a41c144')
  assert.is(expand('hp', 32), '25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4')
  assert.is(expand('ku', 32), '1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9')
})

test('version 2 has labels of its own (RFC 9369 §A.1)', () => {
  const secret = fromHex('14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b')
  const expand = (name: 'key' | 'iv' | 'hp', length: number) =>
    toHex(expandPacketSecret(nodeCrypto, INITIAL_SUITE, secret, VERSION_2, name, length))
  assert.is(expand('key', 16), '8b1a0bc121284290a29e0971b5cd045d')
  assert.is(expand('iv', 12), '91f73e2351d8fa91660e909f')
  assert.is(expand('hp', 16), '45b95e15235d6f45a6b19cbcb0294ba9')
})

test('the nonce is the IV with all 62 bits of the packet number in its end', () => {
  const nonces: string[] = []
  const aead: Aead = {
    seal(nonce) {
      nonces.push(toHex(nonce))
    },
    open: () => undefined,
  }
  const crypto: CryptoProvider = { ...nodeCrypto, createAead: () => aead, hmac: nodeCrypto.hmac }
  const payload = new PayloadProtection(crypto, CHACHA, CHACHA_SECRET, VERSION_1)
  const packet = new Uint8Array(40)
  // RFC 9001 §A.5, and the IV XORed by hand.
  payload.seal(packet, 0, 4, 5, 654360564)
  payload.seal(packet, 0, 4, 5, 2 ** 52 + 1)
  payload.seal(packet, 0, 4, 5, 0)
  assert.equal(nonces, [
    'e0459b3474bdd0e46d417eb0',
    'e0459b3474add0e44a41c145',
    'e0459b3474bdd0e44a41c144',
  ])
})

test.run()
