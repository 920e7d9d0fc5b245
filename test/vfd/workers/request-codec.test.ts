import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeConnection,
  decodeFields,
  decodeRequest,
  encodeConnection,
  encodeFields,
  encodeRequest,
} from '../../../src/vfd/workers/request-codec.ts'
import { connection } from './support.ts'

const test = suite('workers/request-codec')

const fields = [
  { name: ':path', value: '/\u00e9' },
  { name: 'authorization', value: 'x', sensitive: true },
]

test('a request and its connection are what they were', () => {
  assert.equal(decodeRequest(encodeRequest(connection, fields)), { connection, fields })
  const verified = {
    ...connection,
    remote: { address: '2001:db8::1', port: 65535 },
    serverName: undefined,
    authorized: true,
    authorizationError: 'CERT_HAS_EXPIRED',
    peerCertificate: new Uint8Array([0x30, 3, 2, 1, 1]),
  }
  assert.equal(decodeConnection(encodeConnection(verified)), verified)
})

test('a certificate does not hold the memory of the request that it came with', () => {
  const peerCertificate = new Uint8Array([1, 2, 3])
  const encoded = encodeConnection({ ...connection, peerCertificate })
  assert.is.not(decodeConnection(encoded).peerCertificate!.buffer, encoded.buffer)
})

test('fields are what they were, sensitive ones too', () => {
  assert.equal(decodeFields(encodeFields(fields)), fields)
})

test.run()
