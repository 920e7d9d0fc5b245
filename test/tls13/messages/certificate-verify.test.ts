import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { Certificate, nodeCrypto } from '../../../src/tls13/index.ts'
import { Transcript } from '../../../src/tls13/key-schedule/transcript.ts'
import { decodeCertificate } from '../../../src/tls13/messages/certificate.ts'
import {
  decodeCertificateVerify,
  encodeCertificateVerify,
  signedContent,
} from '../../../src/tls13/messages/certificate-verify.ts'
import { handshakeScheme } from '../../../src/tls13/signature-schemes.ts'
import { type Trace, traces } from '../key-schedule/rfc8448.ts'
import { assertAlert } from '../support.ts'
import { eachPrefix } from './codec-support.ts'

const test = suite('CertificateVerify')

/** Whether the signature in a trace's server flight verifies over its transcript. */
function verifies(trace: Trace, signer: 'client' | 'server'): boolean {
  const transcript = new Transcript(nodeCrypto, 'sha256')
  const flight = trace.serverFlight.map(fromHex)
  const [certificate, verify] = flight.slice(-3)
  for (const message of [trace.clientHello, trace.serverHello]) transcript.add(fromHex(message))
  for (const message of flight.slice(0, -2)) transcript.add(message)
  const { scheme, signature } = decodeCertificateVerify(verify!.subarray(4))
  const { chain } = decodeCertificate(certificate!.subarray(4))
  const { spki } = Certificate.parse(chain[0]!)
  const content = signedContent(signer, transcript.digest())
  return nodeCrypto.verify(handshakeScheme(scheme)!, spki, content, signature)
}

test('the RSA-PSS signature of RFC 8448 §3 verifies', () => {
  assert.ok(verifies(traces.simple, 'server'))
})

test('the ECDSA signature of RFC 8448 §6 verifies', () => {
  assert.ok(verifies(traces.clientAuthentication, 'server'))
})

test("a server's signature does not pass for a client's", () => {
  assert.not(verifies(traces.simple, 'client'))
})

test('the content is that of the example in RFC 9846 §4.5.2', () => {
  const expected = `${'20'.repeat(64)}544c5320312e332c2073657276657220436572746966696361746556657269667900${'01'.repeat(32)}`
  assert.is(toHex(signedContent('server', new Uint8Array(32).fill(1))), expected)
})

test('it is written and read with scheme and signature', () => {
  const bytes = encodeCertificateVerify(0x0807, fromHex('aabbcc'))
  assert.is(toHex(bytes), '0f00000708070003aabbcc')
  const { scheme, signature } = decodeCertificateVerify(bytes.subarray(4))
  assert.is(scheme, 0x0807)
  assert.is(toHex(signature), 'aabbcc')
  eachPrefix(bytes.subarray(4), (prefix) => assertAlert(50, () => decodeCertificateVerify(prefix)))
  const long = concatBytes([bytes.subarray(4), Uint8Array.of(0)])
  assertAlert(50, () => decodeCertificateVerify(long))
})

test.run()
