import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import { KeyUpdates } from '../../../src/quic/protection/key-updates.ts'
import { PayloadProtection } from '../../../src/quic/protection/payload-protection.ts'
import { VERSION_1 } from '../../../src/quic/wire/index.ts'
import { cipherSuitesById, hkdfExpandLabel, nodeCrypto } from '../../../src/tls13/index.ts'

const test = suite('quic/protection/key-updates')

const [aes128, aes256, chacha] = [0x1301, 0x1302, 0x1303].map((id) => cipherSuitesById([id])[0]!)

/** A packet sealed with the keys: what tells them from others. */
function sealed(keys: PayloadProtection): string {
  const packet = new Uint8Array(40)
  keys.seal(packet, 0, 5, 20, 9)
  return toHex(packet)
}

test('the keys of an update come from the secret that RFC 9001 §A.5 gives', () => {
  const secret = fromHex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b')
  const updated = fromHex('1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9')
  const other = new Uint8Array(32)
  const expected = sealed(new PayloadProtection(nodeCrypto, chacha!, updated, VERSION_1))
  const reads = new KeyUpdates(nodeCrypto, chacha!, secret, other, VERSION_1)
  const writes = new KeyUpdates(nodeCrypto, chacha!, other, secret, VERSION_1)
  assert.is(sealed(reads.nextRead()), expected)
  assert.is(sealed(writes.nextWrite()), expected)
})

test('the directions go on by themselves, whatever the length of the secrets', () => {
  for (const suite of [aes128!, aes256!]) {
    const length = suite.hash === 'sha384' ? 48 : 32
    const secret = (fill: number) => new Uint8Array(length).fill(fill)
    const after = (fill: number, count: number) => {
      let last: Uint8Array = secret(fill)
      for (let i = 0; i < count; i++) {
        last = hkdfExpandLabel(nodeCrypto, suite.hash, last, 'quic ku', new Uint8Array(0), length)
      }
      return sealed(new PayloadProtection(nodeCrypto, suite, last, VERSION_1))
    }
    const updates = new KeyUpdates(nodeCrypto, suite, secret(1), secret(2), VERSION_1)
    assert.is(sealed(updates.nextRead()), after(1, 1))
    assert.is(sealed(updates.nextRead()), after(1, 2))
    assert.is(sealed(updates.nextWrite()), after(2, 1))
    assert.is(sealed(updates.nextRead()), after(1, 3))
  }
})

test('the secrets that it was given stay as they are', () => {
  const secret = new Uint8Array(32).fill(7)
  const updates = new KeyUpdates(nodeCrypto, aes128!, secret, secret, VERSION_1)
  updates.nextRead()
  updates.nextWrite()
  assert.is(toHex(secret), '07'.repeat(32))
})

test.run()
