import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { decodeCertificate, encodeCertificate } from '../../../src/tls13/messages/certificate.ts'
import { traces } from '../key-schedule/rfc8448.ts'
import { assertAlert } from '../support.ts'
import { eachPrefix } from './codec-support.ts'

const test = suite('Certificate message')

test('that of RFC 8448 §3 is read and written again', () => {
  const bytes = fromHex(traces.simple.serverFlight[1]!)
  const { context, chain } = decodeCertificate(bytes.subarray(4))
  assert.is(context.length, 0)
  assert.is(chain.length, 1)
  assert.is(chain[0]!.length, 432)
  assert.equal(encodeCertificate(chain), bytes)
})

test('a chain of several and an empty one keep their order and number', () => {
  const chain = [fromHex('aabb'), fromHex('cc'), fromHex('dd')]
  const decoded = decodeCertificate(encodeCertificate(chain).subarray(4))
  assert.equal(decoded.chain.map(toHex), ['aabb', 'cc', 'dd'])
  assert.equal(decodeCertificate(encodeCertificate([]).subarray(4)).chain, [])
})

test('an empty entry is a decode_error', () => {
  assertAlert(50, () => decodeCertificate(fromHex('00 000005 000000 0000')))
})

test('extensions of an entry that nobody asked for are an unsupported_extension', () => {
  assertAlert(110, () => decodeCertificate(fromHex('00 00000a 000001 aa 0004 0005 0000')))
})

test('an extension that belongs elsewhere is an illegal_parameter', () => {
  assertAlert(47, () => decodeCertificate(fromHex('00 00000a 000001 aa 0004 0010 0000')))
})

test('a message that is cut short anywhere or too long is a decode_error', () => {
  const bytes = encodeCertificate([fromHex('aabb'), fromHex('cc')]).subarray(4)
  eachPrefix(bytes, (prefix) => assertAlert(50, () => decodeCertificate(prefix)))
  assertAlert(50, () => decodeCertificate(concatBytes([bytes, Uint8Array.of(0)])))
})

test.run()
