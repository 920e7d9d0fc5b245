import { spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../../../src/bytes/index.ts'
import { createAead } from '../../../../../src/tls13/crypto/node/aead.ts'
import { AesGcm, gcmPrograms } from '../../../../../src/tls13/crypto/node/gcm/index.ts'
import { MAX_AAD, MAX_TEXT } from '../../../../../src/tls13/crypto/node/gcm/program.ts'
import { seededBytes } from '../../../support.ts'

const NAMES = { 16: 'aes-128-gcm', 32: 'aes-256-gcm' } as const
const KEY_LENGTHS = [16, 32] as const
const TAG = 16

const bytes = seededBytes(77)
const make = (key: Uint8Array): AesGcm => new AesGcm(gcmPrograms.get()!, key)

/** What OpenSSL makes of it. */
function expected(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): string {
  const cipher = createCipheriv(NAMES[key.length as 16], key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('hex')
}

function sealed(aead: Pick<AesGcm, 'seal'>, ...input: [Uint8Array, Uint8Array, Uint8Array]) {
  const out = new Uint8Array(input[2].length + TAG)
  aead.seal(...input, out)
  return out
}

const test = suite('AES-GCM over ECB')

for (const keyLength of KEY_LENGTHS) {
  const name = NAMES[keyLength]

  test(`${name}: texts of all lengths up to 20 blocks are sealed as OpenSSL does, and opened`, () => {
    const key = bytes(keyLength)
    const aead = make(key)
    for (let length = 0; length <= 320; length++) {
      const nonce = bytes(12)
      const aad = bytes(length % 50)
      const text = bytes(length)
      const result = sealed(aead, nonce, aad, text)
      assert.is(toHex(result), expected(key, nonce, aad, text), `${length} bytes`)
      assert.equal(aead.open(nonce, aad, result), text)
    }
  })

  test(`${name}: so are additional data of all lengths, and the longest text`, () => {
    const key = bytes(keyLength)
    const aead = make(key)
    for (let length = 0; length <= MAX_AAD; length++) {
      const nonce = bytes(12)
      const aad = bytes(length)
      const text = bytes(MAX_TEXT - length)
      const result = sealed(aead, nonce, aad, text)
      assert.is(toHex(result), expected(key, nonce, aad, text), `${length} bytes`)
      assert.equal(aead.open(nonce, aad, result), text)
    }
  })

  test(`${name}: many keys agree with OpenSSL`, () => {
    for (let round = 0; round < 500; round++) {
      const key = bytes(keyLength)
      const nonce = bytes(12)
      const aad = bytes(round % 33)
      const text = bytes(1 + (round % 97))
      assert.is(toHex(sealed(make(key), nonce, aad, text)), expected(key, nonce, aad, text))
    }
  })

  test(`${name}: keys, nonces and texts of one bit agree with OpenSSL`, () => {
    for (let bit = 0; bit < 128; bit++) {
      const one = (length: number): Uint8Array => {
        const array = new Uint8Array(length)
        array[(bit >> 3) % length]! ^= 0x80 >> (bit & 7)
        return array
      }
      const input = [one(12), one(16), one(32)] as const
      assert.is(toHex(sealed(make(one(keyLength)), ...input)), expected(one(keyLength), ...input))
    }
  })
}

test('no bit of tag, text, additional data or nonce may be another', () => {
  const aead = make(bytes(16))
  const nonce = bytes(12)
  const aad = bytes(21)
  const result = sealed(aead, nonce, aad, bytes(37))
  for (const part of [nonce, aad, result]) {
    for (let bit = 0; bit < part.length * 8; bit++) {
      part[bit >> 3]! ^= 1 << (bit & 7)
      assert.is(aead.open(nonce, aad, result), undefined)
      part[bit >> 3]! ^= 1 << (bit & 7)
    }
  }
  assert.is(aead.open(nonce, aad, result)?.length, 37)
})

test('what is cut short is not opened, at any byte', () => {
  const aead = make(bytes(16))
  const nonce = bytes(12)
  const result = sealed(aead, nonce, bytes(0), bytes(40))
  for (let length = 0; length < result.length; length++)
    assert.is(aead.open(nonce, bytes(0), result.subarray(0, length)), undefined)
})

test('keys that take turns do not disturb each other', () => {
  const keys = KEY_LENGTHS.map((length) => bytes(length))
  const aeads = keys.map(make)
  for (let round = 0; round < 10; round++) {
    for (const [i, aead] of aeads.entries()) {
      const nonce = bytes(12)
      const text = bytes(30 + round)
      const result = sealed(aead, nonce, bytes(0), text)
      assert.is(toHex(result), expected(keys[i]!, nonce, bytes(0), text))
    }
  }
})

test('a plaintext stays as it is, alone in its memory, while others are opened', () => {
  const aead = make(bytes(16))
  const nonce = bytes(12)
  const text = bytes(5)
  const plaintext = aead.open(nonce, bytes(0), sealed(aead, nonce, bytes(0), text))!
  for (let i = 0; i < 10; i++) sealed(aead, bytes(12), bytes(9), bytes(100))
  assert.equal(plaintext, text)
  const rest = new Uint8Array(plaintext.buffer, plaintext.byteOffset + text.length)
  assert.ok(rest.every((byte) => byte === 0))
})

test('text and result may be the same memory', () => {
  const key = bytes(16)
  const nonce = bytes(12)
  const buffer = bytes(200)
  const text = buffer.slice(0, 150)
  make(key).seal(nonce, bytes(3).fill(7), buffer.subarray(0, 150), buffer)
  const result = toHex(buffer.subarray(0, 150 + TAG))
  assert.is(result, expected(key, nonce, new Uint8Array(3).fill(7), text))
})

for (const keyLength of KEY_LENGTHS) {
  test(`${NAMES[keyLength]}: a key that becomes busy goes on as it was, with texts too long for it too`, () => {
    const key = bytes(keyLength)
    const aead = createAead(NAMES[keyLength], key)
    for (let call = 0; call < 60; call++) {
      const nonce = bytes(12)
      const aad = bytes(call % 5 === 0 ? MAX_AAD + 1 : 20)
      const text = bytes(call % 7 === 0 ? MAX_TEXT + 1 : 100)
      const result = sealed(aead, nonce, aad, text)
      assert.is(toHex(result), expected(key, nonce, aad, text))
      assert.equal(aead.open(nonce, aad, result), text)
      result[call % result.length]! ^= 1
      assert.is(aead.open(nonce, aad, result), undefined)
    }
  })
}

test('without WebAssembly packets are sealed all the same', () => {
  const url = new URL('../../../../../src/tls13/crypto/node/aead.ts', import.meta.url).href
  const script = `
    const { createAead } = await import(${JSON.stringify(url)})
    const aead = createAead('aes-128-gcm', new Uint8Array(16))
    const out = new Uint8Array(32)
    for (let i = 0; i < 40; i++) aead.seal(new Uint8Array(12), new Uint8Array(0), new Uint8Array(16), out)
    console.log(typeof WebAssembly, Buffer.from(out).toString('hex'))`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--jitless', '--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  const zeros = (length: number): Uint8Array => new Uint8Array(length)
  const answer = expected(zeros(16), zeros(12), zeros(0), zeros(16))
  assert.is(stdout, `undefined ${answer}\n`, stderr)
})

test.run()
