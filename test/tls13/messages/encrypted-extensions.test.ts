import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  decodeEncryptedExtensions,
  encodeEncryptedExtensions,
} from '../../../src/tls13/messages/encrypted-extensions.ts'
import { traces } from '../key-schedule/rfc8448.ts'
import { assertAlert } from '../support.ts'
import { eachPrefix } from './codec-support.ts'

const test = suite('EncryptedExtensions')

test('those of RFC 8448 §3 are read', () => {
  const extensions = decodeEncryptedExtensions(fromHex(traces.simple.serverFlight[0]!).subarray(4))
  assert.equal([...extensions.keys()], [10, 28, 0])
})

test('they are written with the protocol, the parameters and the use of the name', () => {
  assert.is(
    toHex(encodeEncryptedExtensions('h3', fromHex('0f00'), true)),
    '08000015 0013 0000 0000 0010 0005 0003026833 0039 0002 0f00'.replaceAll(' ', ''),
  )
  assert.is(
    toHex(encodeEncryptedExtensions('h3', fromHex('0f00'), false)),
    '08000011 000f 0010 0005 0003026833 0039 0002 0f00'.replaceAll(' ', ''),
  )
})

test('a block that is cut short anywhere or too long is a decode_error', () => {
  const bytes = encodeEncryptedExtensions('h3', fromHex('0f00'), true).subarray(4)
  eachPrefix(bytes, (prefix) => assertAlert(50, () => decodeEncryptedExtensions(prefix)))
  assertAlert(50, () => decodeEncryptedExtensions(fromHex(`${toHex(bytes)}00`)))
})

test.run()
