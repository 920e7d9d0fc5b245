import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import { decodeFinished, encodeFinished } from '../../../src/tls13/messages/finished.ts'
import { assertAlert } from '../support.ts'

const test = suite('Finished')

test('it is the bare verify_data behind its header', () => {
  assert.is(toHex(encodeFinished(fromHex('aabbcc'))), '14000003aabbcc')
})

test('verify_data of another length than the hash is a decode_error', () => {
  assert.is(decodeFinished(new Uint8Array(32), 32).length, 32)
  for (const length of [0, 31, 33, 48])
    assertAlert(50, () => decodeFinished(new Uint8Array(length), 32))
})

test.run()
