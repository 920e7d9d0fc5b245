import { hkdfSync } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import { hkdfExpandLabel, hkdfExtract } from '../../../src/tls13/index.ts'
import { PROVIDERS } from '../providers.ts'

const EMPTY = new Uint8Array(0)

for (const crypto of PROVIDERS) {
  const test = suite(`HKDF with ${crypto.name}`)

  test('the Initial secrets and keys are those of RFC 9001 §A.1', () => {
    const salt = fromHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')
    const initial = hkdfExtract(crypto, 'sha256', salt, fromHex('8394c8f03e515708'))
    const client = hkdfExpandLabel(crypto, 'sha256', initial, 'client in', EMPTY, 32)
    assert.is(toHex(client), 'c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea')
    const expand = (label: string, length: number) =>
      toHex(hkdfExpandLabel(crypto, 'sha256', client, label, EMPTY, length))
    assert.is(expand('quic key', 16), '1f369613dd76d5467730efcbe3b1a22d')
    assert.is(expand('quic iv', 12), 'fa044b2f42a3fd3b46fb255c')
    assert.is(expand('quic hp', 16), '9f50449e04a0e810283a1e9933adedd2')
  })

  for (const hash of ['sha256', 'sha384'] as const) {
    test(`an output of several blocks of ${hash} is that of node:crypto`, () => {
      const salt = fromHex('000102030405060708')
      const key = fromHex('0b0b0b0b0b0b0b0b0b0b')
      const context = fromHex('aabbcc')
      const info = Writer.growable()
      info.u16(200)
      info.vector(1, (label) => label.put(new TextEncoder().encode('tls13 some label')))
      info.vector(1, (body) => body.put(context))
      const expected = new Uint8Array(hkdfSync(hash, key, salt, info.written(), 200))
      const secret = hkdfExtract(crypto, hash, salt, key)
      const actual = hkdfExpandLabel(crypto, hash, secret, 'some label', context, 200)
      assert.is(toHex(actual), toHex(expected))
    })
  }

  test.run()
}
