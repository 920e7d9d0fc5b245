import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import {
  decodeCertificateRequest,
  encodeCertificateRequest,
} from '../../../src/tls13/messages/certificate-request.ts'
import { traces } from '../key-schedule/rfc8448.ts'
import { assertAlert } from '../support.ts'
import { block, eachPrefix } from './codec-support.ts'

const test = suite('CertificateRequest')

const decode = (...extensions: readonly (readonly [number, string])[]) =>
  decodeCertificateRequest(concatBytes([Uint8Array.of(0), block(...extensions)]))

test('that of RFC 8448 §6 is read', () => {
  const request = decodeCertificateRequest(
    fromHex(traces.clientAuthentication.serverFlight[1]!).subarray(4),
  )
  assert.is(request.context.length, 0)
  assert.is(request.signatureAlgorithms.length, 15)
  assert.is(request.signatureAlgorithms[0], 0x0403)
})

test('it is written with the schemes that are taken', () => {
  assert.is(
    toHex(encodeCertificateRequest([0x0403, 0x0804])),
    '0d00000d 00 000a 000d 0006 0004 0403 0804'.replaceAll(' ', ''),
  )
})

test('it must have signature_algorithms', () => {
  assertAlert(109, () => decode())
  assertAlert(109, () => decode([50, '00020403']))
})

test('extensions that we do not know are passed over', () => {
  assert.equal(decode([13, '00020403'], [47, '0000'], [0x2a2a, '']).signatureAlgorithms, [0x0403])
})

test('an extension that has no place in it is an illegal_parameter', () => {
  assertAlert(47, () => decode([13, '00020403'], [51, '0000']))
})

test('a malformed list of schemes is a decode_error', () => {
  assertAlert(50, () => decode([13, '000104']))
  assertAlert(50, () => decode([13, '00020403'], [50, '0000']))
})

test('one that is cut short anywhere is a decode_error', () => {
  const bytes = encodeCertificateRequest([0x0403]).subarray(4)
  eachPrefix(bytes, (prefix) => assertAlert(50, () => decodeCertificateRequest(prefix)))
})

test.run()
